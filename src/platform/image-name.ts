import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface NameSources {
  readonly appDir: string;
  /** `[_] id` or `name` of project.toml. */
  readonly projectName?: string | undefined;
}

/** The name of an image for which the user gave none, and where it comes from. */
export function deriveImageName({ appDir, projectName }: NameSources): {
  readonly name: string;
  readonly from: string;
} {
  const candidates: readonly (readonly [string | undefined, string])[] = [
    [projectName, 'project.toml'],
    [goModuleName(join(appDir, 'go.mod')), 'go.mod'],
    [packageName(join(appDir, 'package.json')), 'package.json'],
    [basename(appDir), 'the folder'],
  ];
  for (const [text, from] of candidates) {
    const name = text === undefined ? '' : validRepository(text);
    if (name !== '') return { name, from };
  }
  return { name: 'app', from: 'nothing else: the folder has no name that an image can have' };
}

/** The last element of the module path that is no major version: `example.com/tools/hello/v2` is `hello`. */
function goModuleName(file: string): string | undefined {
  const path = /^\s*module\s+"?([^\s"]+)/m.exec(readText(file))?.[1];
  const elements = path?.split('/') ?? [];
  const last = elements.at(-1) ?? '';
  return /^v\d+$/.test(last) && elements.length > 1 ? elements.at(-2) : last || undefined;
}

function packageName(file: string): string | undefined {
  try {
    const document: unknown = JSON.parse(readText(file));
    if (document === null || typeof document !== 'object' || !('name' in document)) return undefined;
    return typeof document.name === 'string' ? document.name.replace(/^@/, '') : undefined;
  } catch {
    return undefined;
  }
}

function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/**
 * Lower case, and everything that a repository name may not hold made a hyphen.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
function validRepository(text: string): string {
  return text
    .toLowerCase()
    .split('/')
    .map((part) =>
      part
        .replaceAll(/[^a-z0-9._-]+/g, '-')
        .replaceAll(/[._-]{2,}/g, '-')
        .replaceAll(/^[._-]+|[._-]+$/g, ''),
    )
    .filter((part) => part !== '')
    .join('/')
    .slice(0, 128);
}
