import type { EnvFile } from '../cnb/env-modification.ts';
import type { Image } from '../image/image.ts';
import { decompressed } from '../layer/decompress.ts';
import type { Layer } from '../layer/layer.ts';
import { readTar } from '../layer/read-tar.ts';
import type { ReadEntry } from '../layer/read-tar.ts';

/** Documents of a few KB. */
const maxFileBytes = 1 << 20;
const documents: ReadonlySet<string> = new Set(['order.toml', 'run.toml', 'stack.toml', 'system.toml']);
const operatorDirectory = 'build-config/env/';

/** The documents of a builder below `/cnb`, by their names there (BLR-01). */
export type BuilderFiles = ReadonlyMap<string, string>;

/**
 * Reads a builder's documents from its layers, the topmost first, and stops as soon as it has an order and run images: tools put these
 * into small layers on top of everything else, so the large ones need not even be fetched.
 */
export async function readBuilderFiles({ layers }: Pick<Image, 'layers'>): Promise<BuilderFiles> {
  const found = new Map<string, string>();
  const decided = new Set<string>();
  for (const layer of layers.toReversed()) {
    const inLayer = await documentsIn(layer);
    for (const [name, text] of inLayer) {
      if (decided.has(name)) continue;
      decided.add(name);
      if (text !== undefined) found.set(name, text);
    }
    if (decided.has('order.toml') && (decided.has('run.toml') || decided.has('stack.toml'))) break;
  }
  return found;
}

/** Undefined stands for a deletion. */
async function documentsIn(layer: Layer): Promise<ReadonlyMap<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  const stream = await layer.open();
  try {
    for await (const entry of readTar(decompressed(stream))) {
      const name = nameBelowCnb(entry);
      if (name === undefined) continue;
      const deleted = /^(?<dir>.*\/)?\.wh\.(?<base>[^/]+)$/.exec(name)?.groups;
      if (deleted !== undefined) found.set(`${deleted['dir'] ?? ''}${deleted['base'] ?? ''}`, undefined);
      else if (isDocument(name) && entry.type === 'file') found.set(name, await textOf(entry));
    }
  } finally {
    stream.destroy();
  }
  return found;
}

function nameBelowCnb({ path }: ReadEntry): string | undefined {
  return /^(?:\.?\/)*cnb\/(?<name>.+)$/.exec(String(path))?.groups?.['name'];
}

function isDocument(name: string): boolean {
  return (
    documents.has(name) || (name.startsWith(operatorDirectory) && !name.slice(operatorDirectory.length).includes('/'))
  );
}

async function textOf({ content }: ReadEntry): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size <= maxFileBytes) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Variables that the operator of the builder set, by the name of their file (`NAME` or `NAME.SUFFIX`). */
export function operatorVariables(files: BuilderFiles): readonly EnvFile[] {
  return [...files]
    .filter(([name]) => name.startsWith(operatorDirectory))
    .map(([name, content]) => ({ name: name.slice(operatorDirectory.length), content }));
}
