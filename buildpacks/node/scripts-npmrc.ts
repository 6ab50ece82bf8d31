import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import type { NpmSettings } from './npm-settings.ts';

/**
 * Settings for an npm that runs scripts: where packages are, for scripts that call npm or npx, and how this project wants it to behave. No
 * credential is in it, also none that stands in an address. Returns the path as children see it.
 */
export function writeScriptsNpmrc(
  { tmpDir, inside }: Pick<BuiltinBuildContext, 'tmpDir' | 'inside'>,
  { registry, scopes, behaviour }: NpmSettings,
): string {
  const lines = [
    ...(registry === undefined ? [] : [`registry=${withoutUser(registry.url)}`]),
    ...[...scopes].map(([scope, url]) => `${scope}:registry=${withoutUser(url)}`),
    ...behaviour.map(({ key, value }) => `${key}=${JSON.stringify(value)}`),
  ];
  writeFileSync(join(tmpDir, 'npmrc'), lines.map((line) => `${line}\n`).join(''));
  return join(inside.tmpDir, 'npmrc');
}

function withoutUser(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
