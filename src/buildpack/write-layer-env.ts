import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseProcessType } from '../cnb/process-type.ts';
import { TsbuildpackError } from '../errors.ts';
import type { EnvModification } from './api.ts';
import { listEnvFiles } from './read-env-dir.ts';

/**
 * Writes the environment files of a layer and removes others that were there. Files that are right already are not touched, so that
 * a restored layer stays what it was. Throws BUILD_OUTPUT_INVALID for a name that no variable can have.
 */
export function writeLayerEnv(layer: string, changes: readonly EnvModification[]): void {
  const wanted = new Map(changes.flatMap(filesOf));
  for (const file of listEnvFiles(layer)) if (!wanted.has(file)) rmSync(join(layer, file));
  for (const [file, content] of wanted) {
    const path = join(layer, file);
    if (existsSync(path) && readFileSync(path, 'utf8') === content) continue;
    makeDirectories(layer, dirname(file));
    writeFileSync(path, content);
    chmodSync(path, 0o644);
  }
}

function makeDirectories(layer: string, folder: string): void {
  const parts = folder.split('/');
  for (const [index] of parts.entries()) {
    const path = join(layer, ...parts.slice(0, index + 1));
    if (existsSync(path)) continue;
    mkdirSync(path);
    chmodSync(path, 0o755);
  }
}

function filesOf({ name, action, value, delimiter, scope = 'all' }: EnvModification): readonly [string, string][] {
  if (name === '' || /[=./\0]/.test(name)) {
    throw new TsbuildpackError(
      'BUILD_OUTPUT_INVALID',
      `Cannot set variable "${name}" in a layer: no file can be named so`,
    );
  }
  const folder = folderOf(scope);
  const file: [string, string] = [`${folder}/${name}.${action}`, value];
  const joins = action === 'append' || action === 'prepend';
  return joins && delimiter ? [file, [`${folder}/${name}.delim`, delimiter]] : [file];
}

function folderOf(scope: NonNullable<EnvModification['scope']>): string {
  if (typeof scope === 'object') return `env.launch/${parseProcessType(scope.process, 'env.launch')}`;
  return scope === 'all' ? 'env' : `env.${scope}`;
}
