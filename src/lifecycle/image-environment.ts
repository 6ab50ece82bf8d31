import type { ApiVersion } from '../cnb/api-version.ts';
import { currentPlatformApi, formatApiVersion } from '../cnb/api-version.ts';
import { imagePaths } from './image-paths.ts';

export interface ImageEnvironmentParts {
  /** In the image. */
  readonly appDir: string;
  readonly layersDir: string;
  /** The one that was followed, which launcher and rebase read. @default the newest */
  readonly platformApi?: ApiVersion | undefined;
}

/**
 * The base's variables with those that the launcher reads (EXP-13) and its names on the PATH (EXP-14). A base without PATH
 * gets a trailing colon, as the reference writes it. Values may hold further equals signs (EXP-36).
 */
export function imageEnvironment(
  base: readonly string[],
  { appDir, layersDir, platformApi = currentPlatformApi }: ImageEnvironmentParts,
): readonly string[] {
  const path = valueOf(base, 'PATH') ?? '';
  return setVariables(base, {
    CNB_LAYERS_DIR: layersDir,
    CNB_APP_DIR: appDir,
    CNB_PLATFORM_API: formatApiVersion(platformApi),
    CNB_DEPRECATION_MODE: 'quiet',
    PATH: `${imagePaths.processes}:${imagePaths.lifecycle}:${path}`,
  });
}

/** Replaces variables where they stand and appends new ones. */
export function setVariables(env: readonly string[], values: Readonly<Record<string, string>>): readonly string[] {
  const replaced = env.map((entry) => {
    const name = nameOf(entry);
    const value = values[name];
    return value === undefined ? entry : `${name}=${value}`;
  });
  const known = new Set(env.map(nameOf));
  const added = Object.entries(values).filter(([name]) => !known.has(name));
  return [...replaced, ...added.map(([name, value]) => `${name}=${value}`)];
}

/** As a record; of duplicates the first counts, as for the launcher. */
export function variablesOf(env: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const entry of env) {
    const name = nameOf(entry);
    if (entry.includes('=') && !(name in variables)) variables[name] = entry.slice(name.length + 1);
  }
  return variables;
}

function valueOf(env: readonly string[], name: string): string | undefined {
  return variablesOf(env)[name];
}

function nameOf(entry: string): string {
  const equals = entry.indexOf('=');
  return equals < 0 ? entry : entry.slice(0, equals);
}
