import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { languageFlags, launcherSources } from '../../scripts/launcher/toolchain.ts';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { rowCases } from './cases/all-cases.ts';
import { readerSources, testSources } from './decoder.ts';
import { generateCase } from './generate-case.ts';
import { type LaunchCase, metadataText } from './launch-case.ts';

/** Inputs that reach as much of the readers as is known, in files named by their digest. */
export const corpus: string = join(repositoryRoot, 'test', 'launcher', 'corpus');

/** Compiles the fuzzer with both sanitizers into the folder and returns its path. */
export function buildFuzzer(folder: string): string {
  const program = join(folder, 'fuzz');
  const flags = [...languageFlags, '-g', '-O1', '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all'];
  const sources = [join(testSources, 'fuzz.c'), ...readerSources()];
  execFileSync('clang', [...flags, `-I${launcherSources}`, '-o', program, ...sources]);
  return program;
}

/** Runs the fuzzer with these arguments. Its report goes to standard error. Returns its exit status. */
export function runFuzzer(program: string, args: readonly string[], cwd: string): number {
  // The sanitizers of older compilers cannot live with all address layouts of newer kernels.
  const argv = ['-R', program, '-max_len=4096', '-timeout=10', '-rss_limit_mb=2048', ...args];
  const { status } = spawnSync('setarch', argv, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  return status ?? 1;
}

/** Writes the documents and variable files of the test cases as inputs of the fuzzer. */
export function writeSeeds(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const cases: readonly LaunchCase[] = [...rowCases, ...Array.from({ length: 100 }, (_, seed) => generateCase(seed))];
  for (const seed of new Set(cases.flatMap((given) => seedsOf(given)))) {
    const name = createHash('sha1').update(seed).digest('hex');
    if (seed.length <= 4096) writeFileSync(join(folder, name), seed);
  }
}

function seedsOf(given: LaunchCase): string[] {
  const files = Object.entries(given.files ?? {}).flatMap(([path, spec]) => {
    const content = typeof spec === 'string' ? spec : spec.content;
    return typeof content === 'string' ? [{ path, content }] : [];
  });
  const outputs = files.filter(({ path }) => path.endsWith('.out')).map(({ content }) => `e${content}`);
  const variables = files
    .filter(({ path }) => path.includes('/env'))
    .map(({ path, content }) => `${path.split('/').at(-1) ?? ''}\0${content}\0`);
  const metadata = given.metadata ?? undefined;
  const versions = (given.env ?? []).filter((entry) => entry.startsWith('CNB_PLATFORM_API='));
  return [
    ...outputs,
    ...(variables.length > 0 ? [`v${variables.join('')}`] : []),
    ...(metadata === undefined ? [] : [`m${metadataText(metadata)}`]),
    ...versions.map((entry) => `a${entry.slice(entry.indexOf('=') + 1)}`),
  ];
}
