// `npm run fuzz:launcher -- [--seconds N]`: lets libFuzzer look for inputs that break the launcher's readers, ten minutes
// if not said otherwise, then keeps in test/launcher/corpus the fewest inputs that reach everything that was reached.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildFuzzer, corpus, runFuzzer, writeSeeds } from '../../test/launcher/fuzzer.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' } } });
const folder = mkdtempSync(join(tmpdir(), 'tsbuildpack-fuzz-'));
const found = join(folder, 'found');
const kept = join(folder, 'kept');
for (const path of [found, kept, corpus]) mkdirSync(path, { recursive: true });
const program = buildFuzzer(folder);
writeSeeds(join(folder, 'seeds'));

const status = runFuzzer(program, [`-max_total_time=${values.seconds}`, found, corpus, join(folder, 'seeds')], folder);
if (status !== 0) {
  console.log(`Found an input that breaks the launcher: see ${folder}`);
  process.exitCode = 1;
} else if (runFuzzer(program, ['-merge=1', kept, corpus, join(folder, 'seeds'), found], folder) === 0) {
  rmSync(corpus, { recursive: true });
  cpSync(kept, corpus, { recursive: true });
  rmSync(folder, { recursive: true });
}
