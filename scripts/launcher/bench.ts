// `npm run bench:launcher [-- --reference FILE] [--runs N]`: the figures of docs/launcher.md, as its tables.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prebuiltLauncher } from '../../test/launcher/run-launcher.ts';
import { repositoryRoot } from '../repository-root.ts';
import { readRecord } from './record.ts';
import { launcherSources } from './toolchain.ts';

const { values } = parseArgs({ options: { reference: { type: 'string' }, runs: { type: 'string', default: '500' } } });
const folder = mkdtempSync(join(tmpdir(), 'tsbuildpack-bench-'));
try {
  printSizes();
  printStartTimes();
  await printInitMemory();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function printSizes(): void {
  const lines = readdirSync(launcherSources).map((name) => readFileSync(join(launcherSources, name), 'utf8'));
  const sourceLines = lines.reduce((sum, content) => sum + content.split('\n').length - 1, 0);
  const rows = Object.entries(readRecord().binaries).map(([name, { sizeBytes }]) => [name, `${sizeBytes} bytes`]);
  if (values.reference !== undefined) rows.push(['reference', `${statSync(values.reference).size} bytes`]);
  printTable(['binary', 'size'], [...rows, ['sources', `${sourceLines} lines of C and headers`]]);
}

function printStartTimes(): void {
  const bench = compile(join(repositoryRoot, 'test', 'launcher', 'c', 'bench.c'), 'bench');
  writeFileSync(join(folder, 'nothing.c'), 'int main(void) { return 0; }\n');
  const nothing = compile(join(folder, 'nothing.c'), 'nothing');
  const plain = makeImage('plain', nothing, { buildpacks: 1, layers: 1, files: 0 });
  const rich = makeImage('rich', nothing, { buildpacks: 6, layers: 4, files: 5 });
  const launchers = [
    { name: 'this launcher', file: prebuiltLauncher().file },
    ...(values.reference === undefined ? [] : [{ name: 'reference', file: values.reference }]),
  ];
  const [floor] = measure(bench, plain, [`${nothing} nothing`]);
  const rows = [['the process alone', floor ?? '', floor ?? '']];
  const specs = launchers.map(({ file }) => `${file} web`);
  const [few, many] = [plain, rich].map((image) => measure(bench, image, specs));
  for (const [index, { name }] of launchers.entries()) rows.push([name, few?.[index] ?? '', many?.[index] ?? '']);
  printTable(['from start to the end of a process that does nothing', '1 layer', '24 layers, 120 variables'], rows);
}

/** Median and lowest of each in microseconds, as text. */
function measure(bench: string, image: string, specs: readonly string[]): string[] {
  const env = { CNB_PLATFORM_API: '0.15', CNB_APP_DIR: folder, CNB_LAYERS_DIR: image, PATH: '/usr/bin:/bin' };
  const output = execFileSync(bench, [values.runs, ...specs], { env, encoding: 'utf8' });
  return output
    .trim()
    .split('\n')
    .map((line) => {
      const [median = '', lowest = ''] = line.split(' ');
      return `${median} µs (lowest ${lowest})`;
    });
}

interface ImageSize {
  readonly buildpacks: number;
  readonly layers: number;
  /** Variable files in each layer. */
  readonly files: number;
}

/** A layers directory whose process `web` is the program. */
function makeImage(name: string, program: string, { buildpacks, layers, files }: ImageSize): string {
  const root = join(folder, name);
  const tables = [`[[processes]]\ntype = "web"\ncommand = [${JSON.stringify(program)}]\ndirect = true\n`];
  for (let buildpack = 0; buildpack < buildpacks; buildpack++) {
    tables.push(`[[buildpacks]]\nid = "bench/${buildpack}"\nversion = "1.0.0"\napi = "0.12"\n`);
    for (let layer = 0; layer < layers; layer++) {
      const path = join(root, `bench_${buildpack}`, `layer-${layer}`);
      for (const directory of ['bin', 'lib', 'env.launch']) mkdirSync(join(path, directory), { recursive: true });
      for (let file = 0; file < files; file++) {
        writeFileSync(join(path, 'env.launch', `V_${buildpack}_${layer}_${file}.default`), 'value');
      }
    }
  }
  mkdirSync(join(root, 'config'), { recursive: true });
  writeFileSync(join(root, 'config', 'metadata.toml'), tables.join('\n'));
  return root;
}

/** What the init keeps in memory while its child runs. */
async function printInitMemory(): Promise<void> {
  const child = spawn(prebuiltLauncher().file, ['cat'], { argv0: 'tsbuildpack-init', stdio: 'pipe' });
  child.stdin.write('\n');
  await once(child.stdout, 'data');
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  child.stdin.end();
  await once(child, 'close');
  const [, resident = ''] = /VmRSS:\s+(.*)/.exec(status) ?? [];
  printTable(['tsbuildpack-init while its child runs', ''], [['resident memory', resident]]);
}

function compile(source: string, name: string): string {
  const output = join(folder, name);
  execFileSync('cc', ['-O2', '-Wall', '-static', '-o', output, source]);
  return output;
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  console.log(`${[head, head.map(() => '---'), ...rows].map((cells) => line(cells)).join('\n')}\n`);
}
