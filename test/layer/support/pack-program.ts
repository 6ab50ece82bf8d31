// Packs a directory and prints what it took. Usage: node pack-program.js DIR OUT
import { directorySink } from '../../../scripts/bench/directory-sink.ts';
import { createLayer } from '../../../src/layer/create-layer.ts';
import { directoryEntries } from '../../../src/layer/directory-entries.ts';

const [dir = '', out = ''] = process.argv.slice(2);
const report = (): void => undefined;
const entries = directoryEntries(dir, '/workspace', { uid: 1001, gid: 1000, order: 'path', report });
const { file, sizeBytes } = await createLayer(entries, { sink: directorySink(out), name: 'test', report });
process.stdout.write(JSON.stringify({ file, sizeBytes, maxRssMb: process.resourceUsage().maxRSS / 1024 }));
