import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Event } from '../../src/events.ts';
import { ignoreFilter } from '../../src/source/ignore-filter.ts';
import type { IgnoreFilterOptions } from '../../src/source/ignore-filter.ts';
import { readSource } from '../../src/source/read-source.ts';
import type { SourceMemory } from '../../src/source/source-memory.ts';
import type { SourceTree } from '../../src/source/source-tree.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

/** Paths with content; a path that ends in `/` is an empty directory; content `-> x` makes a symlink. */
export type Files = Readonly<Record<string, string>>;

export function sourceDir(files: Files): string {
  const root = temporaryDirectory('source');
  for (const [path, content] of Object.entries(files)) writeFile(root, path, content);
  return root;
}

export function writeFile(root: string, path: string, content: string): void {
  const file = join(root, path);
  mkdirSync(path.endsWith('/') ? file : dirname(file), { recursive: true });
  if (content.startsWith('-> ')) symlinkSync(content.slice(3), file);
  else if (!path.endsWith('/')) writeFileSync(file, content);
}

export interface ReadOptions extends Partial<IgnoreFilterOptions> {
  readonly memory?: SourceMemory;
}

export async function read(
  root: string,
  { memory, ...rules }: ReadOptions = {},
): Promise<{ tree: SourceTree; events: Event[] }> {
  const { appPath = '.' } = rules;
  const events: Event[] = [];
  const filter = ignoreFilter({ root, appPath, ...rules });
  const report = (event: Event): void => void events.push(event);
  const tree = await readSource({ root, appPath, filter, report, ...(memory && { memory }) });
  return { tree, events };
}

export async function paths(root: string, options: ReadOptions = {}): Promise<string[]> {
  const { tree } = await read(root, options);
  return tree.entries.map(({ path, type }) => (type === 'directory' ? `${path}/` : path));
}

/** A document in memory, which counts. */
export function sourceMemory(): SourceMemory & { bytes: Buffer | undefined; written: number } {
  return {
    bytes: undefined,
    written: 0,
    async read() {
      return this.bytes;
    },
    async write(bytes) {
      this.bytes = Buffer.from(bytes);
      this.written += 1;
    },
  };
}
