import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, type Counts } from './step.ts';

interface PackReport {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

/** What people install must hold these, and nothing that none of these patterns allows. */
const required = [
  'LICENSE',
  'README.md',
  'THIRD_PARTY_LICENSES',
  'dist/buildpack-runner.js',
  'dist/buildpack.js',
  'dist/cli.js',
  'dist/types/buildpack/api.d.ts',
  'package.json',
  'stacks/scratch/stack.toml',
  'stacks/static/stack.toml',
];
const allowed = [
  /^(?:LICENSE|README\.md|THIRD_PARTY_LICENSES|package\.json)$/,
  /^dist\/(?:chunks\/)?[\w.-]+\.js$/,
  /^dist\/types\/[\w/-]+\.d\.ts$/,
  /^stacks\//,
  /^launcher\/prebuilt\//,
];

// Every command loads it: a static import that drags a library into the entry shows here first.
const cliBudgetBytes = 10 * 1024;

/** Packs the package once and has three judges look at the very file that would be published. */
export async function checkPackaging(root: string): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'tsbuildpack-pack-'));
  try {
    // The build step has just run: without scripts, npm packs exactly what the tests used.
    const pack = ['npm', 'pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
    const output = await command(pack, { cwd: root });
    const [report] = JSON.parse(output.slice(output.indexOf('['))) as PackReport[];
    if (report === undefined) throw new Error('npm pack reported no file');
    const problems = [...(await wrongContents(root, report)), ...(await wrongLockfile(root))];
    if (problems.length > 0) throw new Error(problems.join('\n'));

    const tarball = join(folder, report.filename);
    const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
    await command([bin('publint'), 'run', '--strict', tarball], { cwd: root });
    await command([bin('attw'), '--profile', 'esm-only', '--no-emoji', tarball], { cwd: root });
    return { passed: 3, failed: 0 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function wrongContents(root: string, { files }: PackReport): Promise<string[]> {
  const paths = files.map(({ path }) => path);
  const problems = [
    ...required.filter((path) => !paths.includes(path)).map((path) => `The package lacks ${path}`),
    ...paths
      .filter((path) => !allowed.some((pattern) => pattern.test(path)))
      .map((path) => `The package should not hold ${path}`),
  ];
  const cli = join(root, 'dist', 'cli.js');
  const text = await readFile(cli, 'utf8');
  if (!text.startsWith('#!/usr/bin/env node\n')) problems.push('dist/cli.js does not start with #!/usr/bin/env node');
  if (text.length > cliBudgetBytes) {
    problems.push(`dist/cli.js has ${text.length} bytes, which every command loads; at most ${cliBudgetBytes} wanted`);
  }
  return problems;
}

// An address in the lock file would bind everybody's installation to the registry of whoever wrote it last.
async function wrongLockfile(root: string): Promise<string[]> {
  const text = await readFile(join(root, 'package-lock.json'), 'utf8');
  return /"resolved": "https?:/.test(text) ? ['package-lock.json holds "resolved" addresses'] : [];
}
