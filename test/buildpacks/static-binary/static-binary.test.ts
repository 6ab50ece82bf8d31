import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeNeeds } from '../../../buildpacks/static-binary/describe-needs.ts';
import { staticBinaryBuildpack } from '../../../buildpacks/static-binary/index.ts';
import { parseProcfile } from '../../../buildpacks/static-binary/procfile.ts';
import type { DetectResult } from '../../../src/buildpack/api.ts';
import { bytesReader, parseElf } from '../../../src/elf/parse-elf.ts';
import { makeElf } from '../../elf/make-elf.ts';
import type { TestContext } from '../builtin-context.ts';
import { lines, testContext } from '../builtin-context.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const buildpack = staticBinaryBuildpack('0.0.0');
const arm64 = 183;
const amd64 = makeElf();

type Files = Readonly<Record<string, string | Uint8Array>>;

function folder(files: Files): string {
  const dir = temporaryDirectory('static');
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), content);
    chmodSync(join(dir, file), 0o755);
  }
  return dir;
}

function contextFor(files: Files, env: Readonly<Record<string, string>> = {}): Promise<TestContext> {
  return testContext(buildpack, { files: folder(files), env, target: { os: 'linux', arch: 'amd64' } });
}

async function detect(files: Files, env?: Readonly<Record<string, string>>): Promise<DetectResult> {
  return buildpack.detect((await contextFor(files, env)).context);
}

describe('staticBinaryBuildpack.detect()', () => {
  test.each<{ name: string; files: Files; env?: Record<string, string>; reason: string }>([
    { name: 'a static program', files: { server: amd64, 'config.yaml': '' }, reason: 'server is a program' },
    { name: 'a static-pie program', files: { server: makeElf({ type: 3, pie: true }) }, reason: 'server is a program' },
    {
      name: 'a dynamic program',
      files: { server: makeElf({ interpreter: '/ld', needed: ['libc.so.6'] }) },
      reason: 'server is a program',
    },
    { name: 'the one for the target', files: { a: amd64, b: makeElf({ machine: arm64 }) }, reason: 'a is a program' },
    {
      name: 'a Procfile',
      files: { Procfile: 'web: bin/server -v', 'bin/server': amd64 },
      reason: 'Procfile names bin/server',
    },
    { name: 'several', files: { a: amd64, b: amd64 }, reason: 'found a, b' },
    {
      name: 'a named one beside source',
      files: { 'package.json': '{}', 'tools/x': amd64 },
      env: { BP_STATIC_BINARY: 'tools/x' },
      reason: 'BP_STATIC_BINARY names tools/x',
    },
  ])('passes for $name', async ({ files, env, reason }) => {
    expect(await detect(files, env)).toEqual({ pass: true, reason });
  });

  test.each<{ name: string; files: Files; env?: Record<string, string>; reason: string }>([
    { name: 'nothing', files: { 'x.txt': 'x' }, reason: 'no program at the root (an ELF file), no Procfile' },
    {
      name: 'another architecture',
      files: { server: makeElf({ machine: arm64 }) },
      reason: 'server is for arm64, the build for amd64 (--platform linux/arm64 builds for it)',
    },
    {
      name: 'an unknown machine',
      files: { server: makeElf({ machine: 4711 }) },
      reason: 'server is for machine 4711, the build for amd64',
    },
    {
      name: 'FreeBSD',
      files: { server: makeElf({ osAbi: 9 }) },
      reason: 'server is a program for FreeBSD, not for Linux',
    },
    {
      name: 'Windows',
      files: { 'server.exe': 'MZ\u0090' },
      reason: 'server.exe is a program for Windows, not for Linux',
    },
    {
      name: 'macOS',
      files: { server: Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1) },
      reason: 'server is a program for macOS, not for Linux',
    },
    {
      name: 'a library',
      files: { 'libx.so': makeElf({ type: 3, soname: 'libx.so' }) },
      reason: 'no program at the root (an ELF file), no Procfile',
    },
    {
      name: 'a broken file',
      files: { server: amd64.subarray(0, 30) },
      reason: 'server is a broken ELF file: its header ends behind the end of the file',
    },
    {
      name: 'a Node repository',
      files: { 'package.json': '{}', tool: amd64 },
      reason: 'package.json says that this is source code (BP_STATIC_BINARY=FILE asks for a finished program)',
    },
    {
      name: 'a Procfile for a shell',
      files: { Procfile: '# x\nweb: ./server -p $PORT', server: amd64 },
      reason: 'Procfile:2: "$" needs a shell, which the image does not have',
    },
    {
      name: 'a Procfile with a script',
      files: { Procfile: 'web: ./run.sh', 'run.sh': '#!/bin/sh\n' },
      reason: 'Procfile:1: run.sh is a script, and the image has nothing to run it with',
    },
    {
      name: 'a Procfile without a program',
      files: { Procfile: 'web: npm start' },
      reason: 'Procfile:1: there is no file npm',
    },
    {
      name: 'a name outside',
      files: {},
      env: { BP_STATIC_BINARY: '../x' },
      reason: 'BP_STATIC_BINARY: ../x is outside of the application',
    },
  ])('declines $name', async ({ files, env, reason }) => {
    expect(await detect(files, env)).toEqual({ pass: false, reason });
  });
});

describe('staticBinaryBuildpack.build()', () => {
  test('starts the program where it is, executable even if a zip file lost that', async () => {
    const { context, events } = await contextFor({ server: amd64 });
    chmodSync(join(context.appDir, 'server'), 0o644);
    expect(await buildpack.build(context)).toEqual({
      processes: [{ type: 'server', command: ['/workspace/server'], default: true }],
    });
    expect(statSync(join(context.appDir, 'server')).mode & 0o777).toBe(0o755);
    expect(lines(events)).toBe('server is not executable in the source; it is in the image\nserver is static');
  });

  test('takes processes and arguments from a Procfile, web first', async () => {
    const Procfile = `worker: ./worker --queue 'a b'\nweb: ./server\n`;
    const { context } = await contextFor({ Procfile, server: amd64, worker: makeElf({ interpreter: '/ld' }) });
    expect(await buildpack.build(context)).toEqual({
      processes: [
        { type: 'worker', command: ['/workspace/worker', '--queue', 'a b'], default: false },
        { type: 'web', command: ['/workspace/server'], default: true },
      ],
    });
  });

  test('asks which one when there are several', async () => {
    const files = { b: amd64, a: amd64 };
    await expect(buildpack.build((await contextFor(files)).context)).rejects.toMatchObject({
      detail: '  a\n  b',
      hint: expect.stringContaining('BP_STATIC_BINARY=a'),
    });
    const { context } = await contextFor(files, { BP_STATIC_BINARY: 'b:a' });
    expect((await buildpack.build(context)).processes).toEqual([
      { type: 'b', command: ['/workspace/b'], default: true },
      { type: 'a', command: ['/workspace/a'], default: false },
    ]);
  });
});

test('describeNeeds() names loader, libraries and the newest version of each', async () => {
  const bytes = makeElf({
    interpreter: '/lib64/ld-linux-x86-64.so.2',
    needed: ['libm.so.6', 'libc.so.6'],
    needs: [{ library: 'libc.so.6', versions: ['GLIBC_2.34', 'GLIBC_2.2.5', 'GLIBC_2.9'] }],
  });
  const result = await parseElf(bytesReader(bytes));
  expect(result.result === 'elf' && describeNeeds(result.elf)).toBe(
    'the loader /lib64/ld-linux-x86-64.so.2, libm.so.6, libc.so.6 (GLIBC_2.34)',
  );
});

describe('parseProcfile()', () => {
  test.each([
    { text: 'web: ./a "b c" d\\ e', words: ['./a', 'b c', 'd e'] },
    { text: `web:./a '$x'`, words: ['./a', '$x'] },
  ])('reads $text', ({ text, words }) => {
    expect(parseProcfile(text)).toEqual({ ok: true, entries: [{ type: 'web', words, line: 1 }] });
  });

  test.each(['web: ./a && ./b', 'web: ./a > log', 'web: a | b', 'web: ./a $X', 'web: ./a `id`'])(
    'refuses %s',
    (text) => {
      expect(parseProcfile(text)).toMatchObject({
        ok: false,
        line: 1,
        problem: expect.stringMatching(/needs a shell/),
      });
    },
  );

  test('refuses an open quote and skips what is no process', () => {
    expect(parseProcfile('web: ./a "b')).toMatchObject({ ok: false, problem: 'a quote is not closed' });
    expect(parseProcfile('# web: x\n\nnonsense\n')).toEqual({ ok: true, entries: [] });
  });
});
