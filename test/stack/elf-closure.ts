import { posix } from 'node:path';
import { bytesReader, isElfMagic, parseElf } from '../../src/elf/parse-elf.ts';
import type { ElfFile } from '../../src/elf/elf-file.ts';
import type { Image } from '../../src/image/image.ts';
import { decompressed } from '../../src/layer/decompress.ts';
import { readTar } from '../../src/layer/read-tar.ts';
import { showPath } from '../../src/fs/byte-path.ts';
import { flattenScans, libraryFacts, scanLayer } from '../../src/stack/layer-scan.ts';
import { imageFiles, type ImageFiles } from '../../src/stack/image-files.ts';
import { findLibrary } from '../../src/stack/library-search.ts';

export interface Closure {
  readonly elfFiles: number;
  /** `/usr/bin/x needs liby.so.1`, `/usr/bin/x needs GLIBC_2.40 of libc.so.6`, `/usr/bin/x is for arm64`. */
  readonly problems: readonly string[];
}

/** Looks for everything that any ELF file of an image needs, as its loader would, without the loader's cache. */
export async function elfClosure(image: Image): Promise<Closure> {
  const scans = [];
  for (const layer of image.layers) scans.push(await scanLayer(layer));
  const files = imageFiles(flattenScans(scans));
  const problems: string[] = [];
  let elfFiles = 0;
  for (const layer of image.layers) {
    for await (const entry of readTar(decompressed(await layer.open()))) {
      if (entry.type !== 'file' || entry.sizeBytes < 64) continue;
      const chunks: Buffer[] = [];
      for await (const chunk of entry.content) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (!isElfMagic(bytes)) continue;
      const parsed = await parseElf(bytesReader(bytes));
      const path = posix.resolve('/', showPath(entry.path));
      if (parsed.result !== 'elf') continue;
      elfFiles += 1;
      problems.push(...problemsOf(path, parsed.elf, { files, architecture: image.config.architecture }));
    }
  }
  return { elfFiles, problems };
}

function problemsOf(
  path: string,
  elf: ElfFile,
  { files, architecture }: { readonly files: ImageFiles; readonly architecture: string },
): readonly string[] {
  if (elf.arch !== architecture) return [`${path} is for ${elf.arch}`];
  const facts = libraryFacts(elf);
  const search = { files, loader: 'glibc', arch: elf.arch, libraryPath: [] } as const;
  const found = new Map(facts.needed.map((name) => [name, findLibrary(name, { path, ...facts }, search)]));
  const missing = [...found].filter(([, file]) => file === undefined).map(([name]) => `${path} needs ${name}`);
  const loader = elf.interpreter;
  if (loader !== undefined && files.find(loader) === undefined) missing.push(`${path} needs the loader ${loader}`);
  const versions = facts.versionNeeds.flatMap(({ library, version, weak }) => {
    const defined = found.get(library)?.elf?.versionDefinitions ?? [];
    return weak || defined.length === 0 || defined.includes(version) ? [] : [`${path} needs ${version} of ${library}`];
  });
  return [...missing, ...versions];
}
