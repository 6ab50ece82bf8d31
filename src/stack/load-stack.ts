import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import { packageRoot } from '../fs/package-root.ts';
import type { StackDocument } from './stack-document.ts';
import { parseStackDocument } from './stack-document.ts';

/** A stack with the content of its files. */
export interface Stack {
  /** Of its directory. */
  readonly name: string;
  readonly directory: string;
  readonly document: StackDocument;
  /** By the name that `source` or `keys` has. */
  readonly sources: ReadonlyMap<string, Buffer>;
  /** The stack that it extends. */
  readonly parent?: Stack;
  /** sha256 over the document and all files, those of the extended stack too: it changes when the image would. */
  readonly digest: string;
}

/** Where the built-in stacks are. */
export function stacksDir(): string {
  return join(packageRoot(), 'stacks');
}

/**
 * A built-in stack by its name, or any stack by its directory (a text with a slash in it). Throws STACK_UNKNOWN with the names that there
 * are, STACK_UNFIT when its document is wrong.
 */
export function loadStack(nameOrDirectory: string): Stack {
  if (nameOrDirectory.includes('/')) return loadDirectory(resolve(nameOrDirectory), []);
  const names = stackNames();
  if (names.includes(nameOrDirectory)) return loadDirectory(join(stacksDir(), nameOrDirectory), []);
  throw new TsbuildpackError('STACK_UNKNOWN', `Cannot find stack "${nameOrDirectory}"`, {
    hint: `The stacks are ${names.join(', ')}; one of your own is named by its directory (in rebase: --run-image stack:DIR), and any image with --run-image`,
  });
}

export function stackNames(dir: string = stacksDir()): readonly string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => existsSync(join(dir, name, 'stack.toml')))
    .toSorted();
}

/** The stack and those that it extends, nearest first. */
export function stackFamily(stack: Stack): readonly Stack[] {
  return stack.parent === undefined ? [stack] : [stack, ...stackFamily(stack.parent)];
}

/** Whether it is one of those that come with the tool. */
export function isBuiltin({ directory }: Stack): boolean {
  return dirname(directory) === stacksDir();
}

function loadDirectory(directory: string, below: readonly string[]): Stack {
  const name = basename(directory);
  const file = join(directory, 'stack.toml');
  if (below.includes(directory))
    throw unfit(file, `it extends itself through ${below.map((dir) => basename(dir)).join(', ')}`);
  const text = readText(file);
  // Two stacks of one name would be one in labels, and a rebase would take one for the other.
  if (dirname(directory) !== stacksDir() && stackNames().includes(name))
    throw unfit(file, `"${name}" is the name of a built-in stack`, { hint: 'Give its directory another name' });
  const document = parseStackDocument(text, file);
  const sources = readSources(document, directory);
  const { extends: parentName } = document;
  const parent =
    parentName === undefined ? undefined : loadDirectory(findParent(parentName, directory), [...below, directory]);
  const sum = createHash('sha256').update(text);
  for (const [source, bytes] of sources) sum.update(`\0${source}\0${bytes.length}\0`).update(bytes);
  if (parent !== undefined) sum.update(`\0\0${parent.digest}`);
  return { name, directory, document, sources, ...(parent && { parent }), digest: sum.digest('hex') };
}

/** One beside it comes first. */
function findParent(name: string, directory: string): string {
  const places = [join(directory, '..', name), join(stacksDir(), name)];
  const found = places.find((place) => place !== directory && existsSync(join(place, 'stack.toml')));
  if (found !== undefined) return found;
  throw unfit(join(directory, 'stack.toml'), `it extends stack "${name}", which is neither beside it nor built in`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TsbuildpackError('STACK_UNKNOWN', `Cannot find a stack in "${dirname(file)}": it has no stack.toml`, {
      hint: 'docs/stacks.md shows how to write one',
      cause,
    });
  }
}

function readSources(document: StackDocument, directory: string): ReadonlyMap<string, Buffer> {
  const { run, build, distribution } = document;
  const names = [...run.files, ...build.files].map(({ source }) => source).concat(distribution?.keys ?? []);
  return new Map([...new Set(names)].map((name) => [name, readSource(join(directory, name), directory)]));
}

function readSource(path: string, directory: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unfit(join(directory, 'stack.toml'), `"${path}" cannot be read`, { cause });
  }
}

function unfit(file: string, problem: string, options: { hint?: string; cause?: unknown } = {}): TsbuildpackError {
  return new TsbuildpackError('STACK_UNFIT', `Cannot use "${file}": ${problem}`, options);
}
