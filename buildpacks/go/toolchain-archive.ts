import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Entry, ZipFile } from 'yauzl';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';

// A toolchain has 15,000 files and 250 MB; what is far above is no toolchain.
const maxFiles = 100_000;
const maxBytes = 4 * 2 ** 30;

/**
 * Unpacks the zip of `golang.org/toolchain` into an empty directory and gives back the hash of its contents as go.sum writes it
 * (`h1:…`), computed from the very bytes that were written. Throws TOOLCHAIN_UNAVAILABLE for anything else.
 * https://go.dev/ref/mod#zip-files
 */
export async function unpackToolchain(zip: string, dir: string, prefix: string): Promise<string> {
  // The default: in the bundle, which splits, a CommonJS package has no other names when it is imported late.
  const { openPromise } = (await import('yauzl')).default;
  const file = await openPromise(zip).catch((error: unknown) => refuse('it is no zip file', error));
  const sums: { readonly name: string; readonly sum: string }[] = [];
  const made = new Set<string>();
  let bytes = 0;
  try {
    for await (const entry of file.eachEntry()) {
      bytes += entry.uncompressedSize;
      if (sums.length >= maxFiles || bytes > maxBytes) refuse('it is larger than any toolchain');
      const path = pathInside(entry.fileName, prefix);
      const sum = await writeEntry(file, entry, { dir, path, made });
      sums.push({ name: entry.fileName, sum });
    }
  } finally {
    file.close();
  }
  await restoreGoMod(
    sums.map(({ name }) => name.slice(prefix.length)),
    dir,
  );
  return hash1(sums);
}

/** https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1 */
export function hash1(sums: readonly { readonly name: string; readonly sum: string }[]): string {
  const lines = sums.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const hash = createHash('sha256');
  for (const { name, sum } of lines) hash.update(`${sum}  ${name}\n`);
  return `h1:${hash.digest('base64')}`;
}

function pathInside(name: string, prefix: string): string {
  const path = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  const parts = path.split('/');
  const isFile = parts.every((part) => part !== '' && part !== '.' && part !== '..') && !/[\\\n\0]/.test(path);
  return isFile ? path : refuse(`the name ${JSON.stringify(name.slice(0, 200))} in it does not belong there`);
}

async function writeEntry(
  file: ZipFile,
  entry: Entry,
  { dir, path, made }: { readonly dir: string; readonly path: string; readonly made: Set<string> },
): Promise<string> {
  const target = join(dir, path);
  const parent = dirname(target);
  if (!made.has(parent)) {
    await mkdir(parent, { recursive: true });
    made.add(parent);
  }
  const hash = createHash('sha256');
  const hashing = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const stream: Readable = await file.openReadStreamPromise(entry);
  await pipeline(stream, hashing, createWriteStream(target, { flags: 'wx', mode: isProgram(path) ? 0o755 : 0o644 }));
  return hash.digest('hex');
}

/** Module zips have no modes; these are the files that the go command makes executable after it has unpacked a toolchain. */
function isProgram(path: string): boolean {
  return path.startsWith('bin/') || path.startsWith('pkg/tool/') || /^lib\/(?:.*\/)?go_[^/]+_[^/]+_exec$/.test(path);
}

/** A module's zip cannot hold another module's go.mod, so they are called _go.mod in it. */
async function restoreGoMod(paths: readonly string[], dir: string): Promise<void> {
  for (const path of paths.filter((name) => /(?:^|\/)_go\.mod$/.test(name))) {
    await copyFile(join(dir, path), join(dir, path.replace(/_go\.mod$/, 'go.mod')));
  }
}

function refuse(why: string, cause?: unknown): never {
  throw new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot unpack the Go toolchain: ${why}`, {
    hint: 'The module proxy that GOPROXY names has given something else: try another one',
    ...(cause === undefined ? {} : { cause }),
  });
}
