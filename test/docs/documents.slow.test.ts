import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { sharedDirectory } from '../temporary-directory.ts';
import { commandBlocks, printsAsSaid } from './markdown-commands.ts';

const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: repositoryRoot,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(repositoryRoot, file)));
// Reading all of them also refuses a block that is left out without a reason.
const documents = tracked
  .filter((file) => /^(?:[A-Z]+|docs\/.*|examples\/[^/]+\/README)\.md$/.test(file))
  .map((file) => ({ file, blocks: commandBlocks(readFileSync(join(repositoryRoot, file), 'utf8')) }))
  .map(({ file, blocks }) => ({ file, blocks: blocks.filter(({ skip }) => skip === undefined) }))
  .filter(({ blocks }) => blocks.length > 0);

/** A clone as a reader has it after `npm ci` and `npm run build`, with a home of its own. */
let work: string;
let checkout: string;

beforeAll(() => {
  work = sharedDirectory('tsbuildpack-docs');
  checkout = join(work, 'tsbuildpack');
  for (const file of tracked) {
    mkdirSync(dirname(join(checkout, file)), { recursive: true });
    cpSync(join(repositoryRoot, file), join(checkout, file), { verbatimSymlinks: true, preserveTimestamps: true });
  }
  cpSync(join(repositoryRoot, 'dist'), join(checkout, 'dist'), { recursive: true });
  // Links where they can be: a command that installs again replaces them and leaves the originals alone.
  const modules = [join(repositoryRoot, 'node_modules'), join(checkout, 'node_modules')] as const;
  if (spawnSync('cp', ['-al', ...modules]).status !== 0) execFileSync('cp', ['-a', ...modules]);
  // What `npm install --global tsbuildpack` puts on PATH.
  mkdirSync(join(work, 'bin'));
  mkdirSync(join(work, 'home'));
  const command = join(work, 'bin', 'tsbuildpack');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${checkout}/dist/cli.js' "$@"\n`);
  chmodSync(command, 0o755);
});

afterAll(() => {
  // Layers in the store and Go's module cache are read-only.
  spawnSync('chmod', ['-R', 'u+w', work]);
  rmSync(work, { recursive: true, force: true });
  // What a reader made with `mktemp -d` is the reader's; anything else there would be a leak of ours.
  const made = readdirSync(tmpdir()).filter((name) => name.startsWith('tmp.'));
  for (const name of made) rmSync(join(tmpdir(), name), { recursive: true });
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly log: string;
}

/** Runs a block as a reader would in a new shell: without what the test runner has put into the environment. */
function run(script: string): Promise<Outcome> {
  const keep = Object.entries(process.env).filter(
    ([name]) => !/^(?:CI|NODE_ENV|NODE_OPTIONS|TEST|VITEST.*)$/.test(name),
  );
  const env = {
    ...Object.fromEntries(keep),
    PATH: `${join(work, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: join(work, 'home'),
    XDG_CACHE_HOME: join(work, 'home', '.cache'),
    XDG_CONFIG_HOME: join(work, 'home', '.config'),
  };
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: checkout,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', log: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
      output.log += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.log += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...output }));
  });
}

test('the README and the examples show commands', () => {
  expect(documents.map(({ file }) => file)).toEqual(
    expect.arrayContaining(['README.md', 'examples/penguin-shell/README.md', 'examples/static-binary/README.md']),
  );
});

// The blocks of a document are run in order, because each stands on what those before it made.
describe.each(documents)('$file', ({ blocks }) => {
  test.each(blocks)('the commands of line $line work', async ({ script, output }) => {
    const { status, stdout, log } = await run(script);
    const asSaid = output === undefined || printsAsSaid(stdout, output);
    expect({ status, asSaid }, `${script}\n${log}`).toEqual({ status: 0, asSaid: true });
  });
});
