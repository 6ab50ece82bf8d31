import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import { packageRoot } from '../fs/package-root.ts';
import type { StackDocument } from './stack-document.ts';
import { parseStackDocument } from './stack-document.ts';

/** A stack with the content of its files. */
export interface Stack {
  readonly name: string;
  readonly document: StackDocument;
  /** By the name that `source` has. */
  readonly sources: ReadonlyMap<string, Buffer>;
  /** sha256 over the document and all files: it changes when the image would. */
  readonly digest: string;
}

/** Where the built-in stacks are. */
export function stacksDir(): string {
  return join(packageRoot(), 'stacks');
}

/** Throws STACK_UNKNOWN with the names that there are, STACK_UNFIT when its document is wrong. */
export function loadStack(name: string, dir: string = stacksDir()): Stack {
  const folder = join(dir, name);
  const file = join(folder, 'stack.toml');
  const names = stackNames(dir);
  if (!names.includes(name)) {
    throw new TsbuildpackError('STACK_UNKNOWN', `Cannot find stack "${name}"`, {
      hint: `The stacks are ${names.join(', ')}; any image can be named with --run-image`,
    });
  }
  const text = readFileSync(file, 'utf8');
  const document = parseStackDocument(text, file);
  const sources = new Map<string, Buffer>();
  const sum = createHash('sha256').update(text);
  for (const { source } of document.run.files) {
    const bytes = readSource(join(folder, source), file);
    sources.set(source, bytes);
    sum.update(`\0${source}\0${bytes.length}\0`).update(bytes);
  }
  return { name, document, sources, digest: sum.digest('hex') };
}

export function stackNames(dir: string = stacksDir()): readonly string[] {
  return readdirSync(dir)
    .filter((name) => existsSync(join(dir, name, 'stack.toml')))
    .toSorted();
}

function readSource(path: string, document: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TsbuildpackError('STACK_UNFIT', `Cannot use "${document}": "${path}" cannot be read`, { cause: error });
  }
}
