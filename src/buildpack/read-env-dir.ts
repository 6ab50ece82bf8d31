import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { EnvFile } from '../cnb/env-modification.ts';
import { TsbuildpackError } from '../errors.ts';
import type { ChildFiles } from './child-files.ts';
import { filesIn } from './child-files.ts';

/**
 * The files of an environment directory, empty when there is none. Without `files`, links may not lead out of it. Directories are skipped, links to files followed (ENV-16).
 * Throws BUILD_OUTPUT_INVALID for a dangling link, a file that cannot be read, and bytes that no variable of a process of ours can hold.
 */
export function readEnvDir(dir: string, files: ChildFiles = filesIn(dir)): readonly EnvFile[] {
  return (files.list(dir) ?? []).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return [];
    const resolved = files.resolve(path);
    if (resolved !== undefined && statSync(resolved).isDirectory()) return [];
    const bytes = files.read(path);
    if (bytes === undefined) throw unusable(path, 'it is a link to nothing');
    return [{ name: entry.name, content: textOf(bytes, path) }];
  });
}

/** The environment files of a layer, relative to it. */
export function listEnvFiles(layer: string): readonly string[] {
  return ['env', 'env.build', 'env.launch'].flatMap((folder) => {
    const dir = join(layer, folder);
    if (!existsSync(dir)) return [];
    return readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(layer, join(entry.parentPath, entry.name)));
  });
}

function textOf(bytes: Uint8Array, path: string): string {
  if (!isUtf8(bytes)) throw unusable(path, 'it is not valid UTF-8');
  if (bytes.includes(0)) throw unusable(path, 'it contains a zero byte');
  return Buffer.from(bytes).toString('utf8');
}

function unusable(path: string, why: string): TsbuildpackError {
  return new TsbuildpackError('BUILD_OUTPUT_INVALID', `Cannot use environment file "${path}": ${why}`);
}
