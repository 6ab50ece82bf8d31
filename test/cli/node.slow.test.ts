import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryNpmRegistry } from '../buildpacks/node/memory-npm-registry.ts';
import type { CliResult } from './cli-rig.ts';
import { CliRig } from './cli-rig.ts';

const token = `npm_${createHash('sha256').update('a token for tests').digest('hex').slice(0, 36)}`;
const registry = new MemoryNpmRegistry({ token });
let rig: CliRig;
let app: string;

/** Looks for the token wherever a script of a dependency can look, in two parts so that the script itself does not hold it. */
const spy = `const { readdirSync, readFileSync, lstatSync, writeFileSync } = require('fs');
const token = ${JSON.stringify(token.slice(0, 8))} + ${JSON.stringify(token.slice(8))};
const found = [];
let files = 0;
for (const [name, value] of Object.entries(process.env)) if (value.includes(token)) found.push('env ' + name);
const search = (path, depth) => {
  try {
    const stats = lstatSync(path);
    if (stats.isDirectory() && depth > 0) for (const name of readdirSync(path)) search(path + '/' + name, depth - 1);
    if (!stats.isFile() || stats.size > 2e6) return;
    files += 1;
    if (readFileSync(path, 'latin1').includes(token)) found.push(path);
  } catch {}
};
for (const place of JSON.parse(readFileSync('places.json', 'utf8'))) search(place, 8);
for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) search('/proc/' + pid + '/environ', 0);
writeFileSync('spy.json', JSON.stringify({ found, files }));
`;

beforeAll(async () => {
  rig = new CliRig();
  await registry.start();
  const places = [
    process.cwd(),
    rig.dir,
    '/workspace',
    '/layers',
    '/platform',
    '/tmp',
    '/root',
    '/home',
    '/run',
    '/etc',
    homedir(),
  ];
  await registry.publish({
    manifest: { name: '@private/spy', version: '1.0.0', main: 'index.js', scripts: { postinstall: 'node spy.js' } },
    files: {
      'spy.js': spy,
      'places.json': JSON.stringify(places),
      'index.js': "module.exports = require('./spy.json');",
    },
  });
  app = rig.folder('app', {
    'package.json': JSON.stringify({
      name: 'app',
      version: '1.0.0',
      engines: { node: '24.x' },
      scripts: { start: 'node server.js' },
      dependencies: { '@private/spy': '1.0.0' },
    }),
    '.npmrc': `@private:registry=${registry.url}\n//${registry.host}/:_authToken=\${PRIVATE_TOKEN}\n`,
    'server.js': "console.log(JSON.stringify(require('@private/spy')));\n",
    'lib.js': '',
  });
});

afterAll(() => {
  registry.stop();
  rig.remove();
});

function build(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = { PRIVATE_TOKEN: token },
): Promise<CliResult> {
  return rig.run(['build', app, '-t', 'localhost/node-app', '--json', ...args], { env });
}

interface JsonLine {
  readonly type: string;
  readonly [field: string]: unknown;
}

function eventsOf({ stdout }: CliResult): readonly JsonLine[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonLine);
}

function madeLayers(result: CliResult): readonly unknown[] {
  return eventsOf(result).flatMap(({ type, action, name }) => (type === 'layer' && action === 'made' ? [name] : []));
}

/** Names of files below a directory in which a text is, also inside of compressed layers. */
async function filesWith(dir: string, texts: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const content = isGzip ? await promisify(gunzip)(bytes).catch(() => bytes) : bytes;
    if (texts.some((text) => content.includes(text))) found.push(path);
  }
  return found;
}

describe('a private registry', () => {
  let first: CliResult;
  beforeAll(async () => {
    first = await build(['--report', 'report.json']);
  });

  test('is asked with the token of the user, and gives the package', () => {
    expect(first.stderr).toBe('');
    expect(first.exitCode).toBe(0);
    expect(registry.requests.filter(({ authorization }) => authorization === `Bearer ${token}`).length).toBeGreaterThan(
      1,
    );
  });

  test('leaves its token in no sight of a script: neither environment nor home nor files', async () => {
    await rig.run(['copy', 'store:localhost/node-app', 'rootfs-archive:app.tar']);
    const path = 'workspace/node_modules/@private/spy/spy.json';
    const seen = execFileSync('tar', ['-xOf', join(rig.dir, 'app.tar'), path], { encoding: 'utf8' });
    const { found, files } = JSON.parse(seen) as { found: string[]; files: number };
    expect(found).toEqual([]);
    // It did look.
    expect(files).toBeGreaterThan(100);
  });

  test('leaves its token, or a hash of it, in no layer, label, log, event, report or cache', async () => {
    const hashes = ['hex', 'base64'].map((encoding) =>
      createHash('sha256')
        .update(token)
        .digest(encoding as 'hex'),
    );
    const secrets = [token, Buffer.from(token).toString('base64'), ...hashes];
    expect(secrets.filter((text) => `${first.stdout}${first.stderr}`.includes(text))).toEqual([]);
    expect(await filesWith(rig.store, secrets)).toEqual([]);
    expect(secrets.filter((text) => readFileSync(join(rig.dir, 'report.json'), 'utf8').includes(text))).toEqual([]);
    // The search would find it.
    writeFileSync(join(rig.store, 'planted'), token);
    expect(await filesWith(rig.store, secrets)).toEqual([join(rig.store, 'planted')]);
    rmSync(join(rig.store, 'planted'));
  });

  test('with another token is no other build', async () => {
    expect(eventsOf(await build([], { PRIVATE_TOKEN: 'another' })).at(-1)).toMatchObject({
      report: { outcome: 'unchanged' },
    });
  });

  test('that refuses the token is an error that says what to write', async () => {
    const { exitCode, stdout } = await build(['--clear-cache', '--cache-scope', 'refused'], { PRIVATE_TOKEN: 'wrong' });
    expect(exitCode).toBe(52);
    expect(stdout).toContain('the registry does not let us in');
    expect(stdout).toContain(':_authToken=');
  });
});

/** The programs that a build of the application starts. */
function traced(folder: string): { readonly started: readonly string[]; readonly output: string } {
  const trace = join(rig.dir, 'trace');
  const argv = [
    '-f',
    '-qq',
    '-s',
    '2000',
    '-e',
    'trace=execve',
    '-o',
    trace,
    ...rig.command,
    'build',
    folder,
    '-t',
    'localhost/node-app',
  ];
  const output = execFileSync('strace', argv, {
    env: rig.env,
    encoding: 'utf8',
    cwd: rig.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started = readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line.includes('execve('));
  return { started, output };
}

describe('a build after a build', () => {
  test('of an unchanged source starts no process', () => {
    expect(traced(app).started).toHaveLength(1);
  });

  test('of a changed source file makes its slice anew and no other layer', async () => {
    writeFileSync(join(app, 'lib.js'), '// changed\n');
    expect(madeLayers(await build([], {}))).toEqual(['application slice 2']);
  });

  test('in a fresh clone, with the store out of an archive, runs no npm', () => {
    execFileSync('tar', ['-cf', 'store.tar', 'store'], { cwd: rig.dir });
    rmSync(rig.store, { recursive: true });
    execFileSync('tar', ['-xf', 'store.tar'], { cwd: rig.dir });
    const clone = join(rig.dir, 'clone');
    cpSync(app, clone, { recursive: true });
    const asked = registry.requests.length;
    expect(traced(clone).started).toHaveLength(1);
    writeFileSync(join(clone, 'lib.js'), '// changed in the clone\n');
    const { started } = traced(clone);
    expect(started.filter((line) => line.includes('npm'))).toEqual([]);
    expect(registry.requests.length).toBe(asked);
  });
});

describe('tsbuildpack lock', () => {
  const file = (): string => join(app, 'tsbuildpack.lock');

  test('writes what floats, and a build uses that', async () => {
    const { stdout, stderr, exitCode } = await rig.run(['lock', app]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${file()}\n` });
    expect(stderr).toContain('package.json:1 (engines) asks for 24.x');
    const text = readFileSync(file(), 'utf8');
    for (const name of ['run-image', 'node', 'npm']) expect(text).toContain(`name = "${name}"`);
    expect(text).toContain('id = "tsbuildpack/node"');
    const result = await build([], {});
    expect(result.exitCode).toBe(0);
    const { report } = eventsOf(result).at(-1) as unknown as { report: { inputs: { name: string; reason: string }[] } };
    expect(report.inputs.filter(({ name }) => name !== 'run-image').map(({ reason }) => reason)).toEqual([
      'pinned',
      'pinned',
    ]);
  });

  test.each([
    [
      'asks for what is not there',
      (text: string) => text.replace(/(name = "node"\nvalue = ")[^"]+/, '$124.0.99'),
      'TOOLCHAIN_UNAVAILABLE',
    ],
    [
      'contradicts the source',
      (text: string) => text.replace(/(name = "node"\nvalue = ")[^"]+/, '$122.1.0'),
      'TOOLCHAIN_UNAVAILABLE',
    ],
    ['holds less than the build needs', (text: string) => text.replace('name = "npm"', 'name = "nom"'), 'LOCK_UNFIT'],
    [
      'was written by another version',
      (text: string) => text.replace(/(id = "tsbuildpack\/node"\nversion = ")[^"]+/, '$19.9.9'),
      'LOCK_UNFIT',
    ],
    [
      'is for another platform',
      (text: string) => text.replace(/platform = "[^"]+"/, 'platform = "linux/riscv64"'),
      'LOCK_UNFIT',
    ],
  ])('fails a build when it %s', async (_what, change, code) => {
    const text = readFileSync(file(), 'utf8');
    try {
      writeFileSync(file(), change(text));
      const result = await build(['--clear-cache', '--cache-scope', 'locked'], { PRIVATE_TOKEN: token });
      expect(result.exitCode).toBe(52);
      expect(result.stdout + result.stderr).toContain(code);
    } finally {
      writeFileSync(file(), text);
    }
  });

  test('pins one Node for several platforms', async () => {
    const args = ['lock', app, '--platform', 'linux/amd64', '--platform', 'linux/arm64'];
    expect((await rig.run(args)).exitCode).toBe(0);
    const nodes = [...readFileSync(file(), 'utf8').matchAll(/name = "node"\nvalue = "([^"]+)"/g)].map(
      ([, version]) => version,
    );
    expect(nodes).toHaveLength(2);
    expect(new Set(nodes).size).toBe(1);
    expect(existsSync(file())).toBe(true);
  });
});
