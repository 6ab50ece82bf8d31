import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseGosumdb } from '../../../buildpacks/go/checksum-database.ts';
import type { DownloadSettings } from '../../../buildpacks/go/download-toolchain.ts';
import { findProject } from '../../../buildpacks/go/find-project.ts';
import { findHostGo } from '../../../buildpacks/go/host-go.ts';
import { goBuildpack } from '../../../buildpacks/go/index.ts';
import { parseGoproxy } from '../../../buildpacks/go/module-proxy.ts';
import { hash1 } from '../../../buildpacks/go/toolchain-archive.ts';
import type { Toolchain } from '../../../buildpacks/go/toolchain.ts';
import { provideToolchain } from '../../../buildpacks/go/toolchain.ts';
import type { ResolvedInput } from '../../../src/buildpack/builtin.ts';
import { lines, testContext } from '../builtin-context.ts';
import type { TestContext } from '../builtin-context.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';
import { checksumLog } from './checksum-log.ts';
import { makeZip } from './make-zip.ts';
import { createHash } from 'node:crypto';

/** A folder that looks like a Go distribution, with `bin` to put on PATH. */
function distribution(version: string): string {
  const root = temporaryDirectory('go-root');
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin', 'go'), '');
  chmodSync(join(root, 'bin', 'go'), 0o755);
  writeFileSync(join(root, 'VERSION'), `${version}\ntime 2026-01-01T00:00:00Z\n`);
  return root;
}

describe('findHostGo()', () => {
  test('reads the version beside the program, through links', () => {
    const root = distribution('go1.24.9 X:flag');
    const bin = temporaryDirectory('bin');
    symlinkSync(join(root, 'bin', 'go'), join(bin, 'go'));
    const found = findHostGo(`/nowhere:relative:${bin}`);
    expect(found).toMatchObject({
      found: true,
      go: { path: join(bin, 'go'), root, version: { minor: 24, number: 9 } },
    });
  });

  test('says what is wrong with a go that is none', () => {
    const bin = temporaryDirectory('bin');
    mkdirSync(join(bin, 'go'));
    expect(findHostGo(bin)).toEqual({ found: false });
    expect(findHostGo(undefined)).toEqual({ found: false });
    const shim = join(temporaryDirectory('shim'), 'shims', 'go');
    mkdirSync(dirname(shim));
    writeFileSync(shim, '#!/bin/sh\n', { mode: 0o755 });
    expect(findHostGo(dirname(shim))).toMatchObject({
      problem: expect.stringContaining('is not part of a Go distribution'),
    });
    expect(findHostGo(join(distribution('devel'), 'bin'))).toMatchObject({
      problem: expect.stringContaining('unknown version "devel"'),
    });
  });
});

const proxy = 'https://proxy.example';
const module = 'golang.org/toolchain';

interface Served {
  readonly download: DownloadSettings;
  readonly asked: string[];
}

/** A module proxy with toolchains for this machine and a checksum database that knows them; `change` plays the man in the middle. */
function serve(platform: string, versions: readonly string[], change: (zip: Buffer) => Buffer = (zip) => zip): Served {
  const asked: string[] = [];
  const names = versions.map((version) => `v0.0.1-go${version}.${platform}`);
  const files = (name: string): [string, string][] => [
    [`${module}@${name}/VERSION`, `${name}\n`],
    [`${module}@${name}/bin/go`, 'go'],
  ];
  const sums = names.map((name) =>
    hash1(files(name).map(([path, text]) => ({ name: path, sum: createHash('sha256').update(text).digest('hex') }))),
  );
  const records = names.map((name, index) => `${module} ${name} ${sums[index]}\n${module} ${name}/go.mod h1:x=\n`);
  const log = checksumLog(records, { modules: new Map(names.map((name, index) => [`${module}@${name}`, index])) });
  const answers = new Map<string, Buffer>([
    [`${proxy}/${module}/@v/list`, Buffer.from(`${names.join('\n')}\nv0.0.1-go1.99.0.plan9-386\nnonsense\n`)],
    ...names.map((name) => [`${proxy}/${module}/@v/${name}.zip`, change(makeZip(files(name)))] as const),
  ]);
  const open: DownloadSettings['open'] = (url) => {
    asked.push(url);
    const sumdb = `${proxy}/sumdb/sum.example/`;
    const body = url.startsWith(sumdb) ? log.answer(url.slice(sumdb.length)) : answers.get(url);
    return Promise.resolve(body === undefined ? undefined : Readable.from([body]));
  };
  return { asked, download: { proxies: parseGoproxy(proxy), database: parseGosumdb(log.verifierKey), open } };
}

interface Case {
  readonly host?: string;
  readonly goLine?: string;
  readonly version?: string;
  readonly pinned?: string;
  readonly proxied?: readonly string[];
  readonly change?: (zip: Buffer) => Buffer;
  readonly download?: Partial<DownloadSettings>;
}

interface Provided extends TestContext {
  readonly toolchain: Toolchain;
  readonly input: ResolvedInput;
  readonly asked: string[];
}

async function provide(asks: Case): Promise<Provided> {
  const PATH = asks.host === undefined ? '/nowhere' : join(distribution(asks.host), 'bin');
  const made = await testContext(goBuildpack('0.0.0'), {
    files: { 'go.mod': `module example.com/x\n\ngo ${asks.goLine ?? '1.24'}\n` },
    hostEnv: { PATH },
    ...(asks.pinned === undefined ? {} : { pinned: asks.pinned }),
  });
  const { host, appDir, workspaceDir } = made.context;
  const { asked, download } = serve(
    `${host.os}-${host.arch}`,
    asks.proxied ?? ['1.24.0', '1.24.9', '1.26.8'],
    asks.change,
  );
  const toolchain = await provideToolchain(made.context, {
    project: findProject(appDir, workspaceDir)!,
    settings: { get: () => undefined },
    version: asks.version,
    download: { ...download, ...asks.download },
  });
  return { ...made, toolchain, input: made.inputs[0]!, asked };
}

describe('provideToolchain()', () => {
  test('takes the go on PATH that satisfies go.mod, and asks nobody', async () => {
    const { input, asked, toolchain } = await provide({ host: 'go1.26.8' });
    expect(input).toMatchObject({
      name: 'go',
      value: 'go1.26.8',
      reason: expect.stringMatching(/^go\.mod:3 asks for go1\.24 or newer; .*\/bin\/go satisfies it$/),
    });
    expect(input.witnesses?.map(({ path }) => path)).toEqual([
      join(toolchain.root, 'bin/go'),
      join(toolchain.root, 'VERSION'),
    ]);
    expect(asked).toEqual([]);
  });

  test.each<Case & { name: string; value: string; reason: RegExp }>([
    { name: 'an older one on PATH', host: 'go1.23.1', value: 'go1.24.9', reason: /bin\/go is go1\.23\.1$/ },
    {
      name: 'one on PATH that is too old to be used',
      host: 'go1.15.8',
      goLine: '1.13',
      value: 'go1.26.8',
      reason: /go1\.15\.8$/,
    },
    { name: 'none on PATH', value: 'go1.24.9', reason: /there is no go on PATH$/ },
    {
      name: 'another version asked for',
      host: 'go1.26.8',
      version: '1.24.0',
      value: 'go1.24.0',
      reason: /BP_GO_VERSION asks for 1\.24\.0/,
    },
  ])('fetches, verifies and unpacks one for $name', async ({ value, reason, ...asks }) => {
    const { input, toolchain } = await provide(asks);
    expect(input.value).toBe(value);
    expect(input.reason).toMatch(reason);
    expect(readFileSync(join(toolchain.root, 'VERSION'), 'utf8')).toContain(value);
    expect(readdirSync(toolchain.root)).toEqual(['VERSION', 'bin']);
  });

  test('takes the pinned version and no other', async () => {
    expect((await provide({ host: 'go1.26.8', pinned: 'go1.24.0' })).toolchain.version.number).toBe(0);
    const same = await provide({ host: 'go1.26.8', pinned: 'go1.26.8' });
    expect(same.asked).toEqual([]);
    expect(same.input.witnesses).toHaveLength(2);
    await expect(provide({ goLine: '1.26', pinned: 'go1.24.0' })).rejects.toMatchObject({
      code: 'TOOLCHAIN_UNAVAILABLE',
      message: expect.stringContaining('the pinned go1.24.0'),
    });
    await expect(provide({ pinned: 'go1.24.1' })).rejects.toThrow(/no module proxy of GOPROXY has it/);
  });

  test.each<Case & { name: string; message: RegExp }>([
    { name: 'no proxy is named', download: { proxies: [] }, message: /GOPROXY names no module proxy/ },
    { name: 'the proxy has none that fits', goLine: '1.28', message: /the module proxy has none that fits/ },
    {
      name: 'the proxy gives something else',
      change: (zip) => Buffer.from(zip.toString('latin1').replaceAll('VERSION', 'VERSIOM'), 'latin1'),
      message: /it is not what the checksum database has/,
    },
    { name: 'the proxy gives no zip file', change: () => Buffer.from('<html>'), message: /it is no zip file/ },
    {
      name: 'the database does not know it',
      download: { database: parseGosumdb(undefined) },
      message: /Cannot verify golang\.org\/toolchain/,
    },
  ])('refuses when $name, and leaves nothing', async ({ message, ...asks }) => {
    const failure = provide(asks);
    await expect(failure).rejects.toMatchObject({
      code: 'TOOLCHAIN_UNAVAILABLE',
      message: expect.stringMatching(message),
    });
  });

  test('goes without the database when the user switched it off, and says so', async () => {
    const { toolchain, events } = await provide({ download: { database: undefined } });
    expect(existsSync(join(toolchain.root, 'bin/go'))).toBe(true);
    expect(lines(events)).toContain('go1.24.9 was not checked against a checksum database');
  });
});
