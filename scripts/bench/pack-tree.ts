// Packs a directory as a layer into OUT, unless an index in OUT says that nothing has changed: what a build does with a layer, as a program.
// Usage: node pack-tree.js DIR OUT [gzip|none]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeIndex, encodeIndex } from '../../src/fs/stat-index-file.ts';
import { firstChange, StatIndexBuilder } from '../../src/fs/stat-index.ts';
import { walk, type WalkedFile } from '../../src/fs/walk.ts';

const [dir = '', out = '', compression = 'gzip'] = process.argv.slice(2);
const indexFile = join(out, 'index');
const recordFile = join(out, 'layer.json');

function knownLayer(): string | undefined {
  try {
    const index = decodeIndex(readFileSync(indexFile));
    return index !== undefined && firstChange(dir, index) === undefined ? readFileSync(recordFile, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

function* seen(files: Iterable<WalkedFile>, index: StatIndexBuilder): Generator<WalkedFile> {
  for (const file of files) {
    index.add(file);
    yield file;
  }
}

async function pack(): Promise<string> {
  const [{ createLayer }, { walkedEntries }, { directorySink }] = await Promise.all([
    import('../../src/layer/create-layer.ts'),
    import('../../src/layer/directory-entries.ts'),
    import('./directory-sink.ts'),
  ]);
  mkdirSync(out, { recursive: true });
  const index = new StatIndexBuilder();
  const report = (): void => undefined;
  const { digest, diffId, sizeBytes } = await createLayer(
    walkedEntries(seen(walk(dir), index), '/workspace', { uid: 1001, gid: 1000, report }),
    { sink: directorySink(out), name: 'bench', compression: compression === 'none' ? 'none' : 'gzip', report },
  );
  const record = JSON.stringify({ digest, diffId, sizeBytes });
  writeFileSync(recordFile, record);
  writeFileSync(indexFile, encodeIndex(index.finish()));
  return record;
}

process.stdout.write(`${knownLayer() ?? (await pack())}\n`);
