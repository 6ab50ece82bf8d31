import { randomBytes } from 'node:crypto';
import { chownSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import type { NpmSettings } from './npm-settings.ts';
import type { NpmrcEntry } from './npmrc.ts';

/** Settings for an npm that fetches, credentials included. Gone when `use` ends. */
export async function lendNpmrc<T>(
  { tmpDir, inside }: Pick<BuiltinBuildContext, 'tmpDir' | 'inside'>,
  settings: NpmSettings,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const name = `npmrc-${randomBytes(8).toString('hex')}`;
  const file = join(tmpDir, name);
  writeFileSync(file, npmrcText(settings), { mode: 0o600, flag: 'wx' });
  const { uid, gid } = statSync(tmpDir);
  if (uid !== statSync(file).uid) chownSync(file, uid, gid);
  try {
    return await use(join(inside.tmpDir, name));
  } finally {
    rmSync(file, { force: true });
  }
}

function npmrcText({ registry, scopes, credentials, network, behaviour }: NpmSettings): string {
  const entries: NpmrcEntry[] = [
    ...(registry === undefined ? [] : [{ key: 'registry', value: registry.url }]),
    ...[...scopes].map(([scope, url]) => ({ key: `${scope}:registry`, value: url })),
    ...network,
    ...credentials,
    ...behaviour,
  ];
  const lists = new Set(entries.map(({ key }) => key).filter((key, at, all) => all.indexOf(key) !== at));
  return entries.map(({ key, value }) => `${key}${lists.has(key) ? '[]' : ''}=${quoted(value)}\n`).join('');
}

/** As npm's reader takes it: JSON in quotes. A variable that npm would fill in has been filled in. */
function quoted(value: string): string {
  return /^[\w.:/@%+,=-]*$/.test(value) ? value : JSON.stringify(value);
}
