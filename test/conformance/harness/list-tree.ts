import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, lstatSync } from 'node:fs';
import { joinBytePath, type BytePath, bytePath } from '../../../src/fs/byte-path.ts';
import { shownName } from './entry-line.ts';
import { tomlOrText } from './toml-as-json.ts';

/** A directory's files, a line each, documents with their content. */
export function tree(root: string): readonly string[] {
  return [...lines(root, '')];
}

function* lines(dir: BytePath, prefix: string): Generator<string> {
  for (const bytes of readdirSync(dir, { encoding: 'buffer' }).toSorted((a, b) => Buffer.compare(a, b))) {
    const path = joinBytePath(dir, bytePath(bytes));
    const name = prefix + shownName(bytePath(bytes));
    const stats = lstatSync(path);
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isDirectory()) {
      yield `d ${mode} ${name}`;
      yield* lines(path, `${name}/`);
    } else if (stats.isSymbolicLink()) yield `l ${name} -> ${readlinkSync(path)}`;
    else if (stats.isFile()) yield `f ${mode} ${contentOf(readFileSync(path), name)} ${name}`;
    else yield `? ${name}`;
  }
}

function contentOf(bytes: Buffer, name: string): string {
  if (name.endsWith('.toml')) return JSON.stringify(tomlOrText(bytes.toString()));
  if (bytes.length <= 32) return JSON.stringify(bytes.toString('latin1'));
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
