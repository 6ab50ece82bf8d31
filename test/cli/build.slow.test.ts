import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliRig, finished } from './cli-rig.ts';

let rig: CliRig;
let app: string;
beforeAll(() => {
  rig = new CliRig();
  app = rig.staticApp();
});
afterAll(() => {
  rig.remove();
});

const digest = /sha256:[0-9a-f]{64}/;

describe('tsbuildpack build', () => {
  test('writes results alone to standard output, a line an image, and everything else to standard error', async () => {
    const outputs = ['oci:layout', 'oci-archive:a.tar', 'docker-archive:d.tar', 'rootfs-archive:r.tar', 'store:kept'];
    const args = ['build', app, '-t', 'demo:1', ...outputs.flatMap((place) => ['--output', place])];
    const { exitCode, stdout, stderr } = await rig.run(args);
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    const digests = new Set(lines.map((line) => digest.exec(line)?.[0]));
    expect(lines.map((line) => line.replace(digest, 'DIGEST'))).toEqual([
      'oci:layout:1@DIGEST',
      'oci-archive:a.tar:docker.io/library/demo:1@DIGEST',
      'docker-archive:d.tar:docker.io/library/demo:1@DIGEST',
      'rootfs-archive:r.tar@DIGEST',
      'docker.io/library/kept:latest@DIGEST',
    ]);
    expect(digests.size).toBe(1);
    expect(stderr).toContain('===> EXPORTING');
  });

  test('writes the digest file and a report that another build takes as its resolved inputs', async () => {
    const args = ['build', app, '-q', '--digest-file', 'digest', '--report', 'report.json'];
    const first = await rig.run(args);
    const report = JSON.parse(readFileSync(join(rig.dir, 'report.json'), 'utf8')) as Record<string, unknown>;
    const written = readFileSync(join(rig.dir, 'digest'), 'utf8').trim();
    expect(first.stdout).toContain(written);
    expect(report).toMatchObject({
      version: 1,
      image: { digest: written },
      buildpacks: [{ id: 'tsbuildpack/static-binary' }],
    });
    const second = await rig.run(['build', app, '-q', '--resolved', 'report.json', '--report', 'report.toml']);
    expect(second.stdout).toBe(first.stdout);
    // EXP-29 FIL-07: the specification's own document.
    expect(readFileSync(join(rig.dir, 'report.toml'), 'utf8')).toMatch(
      new RegExp(
        `^\\[image\\]\\ntags = \\[ "docker.io/library/static-app:latest" \\]\\ndigest = "${written}"\\nmanifest-size = \\d+\\n$`,
      ),
    );
  });

  test('with --json writes one object a line, the result last', async () => {
    const { stdout, stderr } = await rig.run(['build', app, '--json']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(lines.slice(0, -1).map(({ type }) => type)).not.toContain('result');
    expect(lines.at(-1)).toMatchObject({ type: 'result', exitCode: 0, digest: expect.stringMatching(digest) });
    expect(stderr).toBe('');
  });

  test('an unchanged build starts no process and compresses nothing, and gives the same digest', async () => {
    const first = await rig.run(['build', app, '-q']);
    const trace = join(rig.dir, 'trace');
    const argv = ['-f', '-qq', '-e', 'trace=execve', '-o', trace, ...rig.command, 'build', app];
    const output = execFileSync('strace', argv, {
      env: rig.env,
      encoding: 'utf8',
      cwd: rig.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(output).toBe(first.stdout);
    const started = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => line.includes('execve('));
    expect(started).toHaveLength(1);
  });

  test('never writes to the user’s folder: over a read-only mount, and no time in it changes', async () => {
    const files = ['.', ...readdirSync(app)];
    const before = execFileSync('stat', ['-c', '%n %s %Y %Z %a', ...files], { cwd: app, encoding: 'utf8' });
    const script = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"`;
    const argv = ['--mount', 'sh', '-c', script, 'sh', app, ...rig.command, 'build', app, '-q', '--clear-cache'];
    expect(execFileSync('unshare', argv, { env: rig.env, encoding: 'utf8', cwd: rig.dir })).toMatch(digest);
    expect(execFileSync('stat', ['-c', '%n %s %Y %Z %a', ...files], { cwd: app, encoding: 'utf8' })).toBe(before);
  });

  test('gives the same digest in real and in mapped directories', async () => {
    const digests = await Promise.all(
      ['real', 'mapped'].map(async (isolation) => {
        const { stdout } = await rig.run(['build', app, '-q', '--isolation', isolation, '--cache-scope', isolation]);
        return digest.exec(stdout)?.[0];
      }),
    );
    expect(digests[0]).toMatch(digest);
    expect(digests[1]).toBe(digests[0]);
  });
});

describe('a signal during a build', () => {
  const slow = { 'buildpack.toml': 'api = "0.12"\n[buildpack]\nid = "acme/slow"\nversion = "1.0.0"\n' };

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s stops the children, cleans up and exits with %d; the store is usable afterwards',
    async (signal, exitCode) => {
      const buildpack = rig.folder(`slow-${signal}`, slow);
      mkdirSync(join(buildpack, 'bin'), { recursive: true });
      writeFileSync(join(buildpack, 'bin', 'detect'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
      // A child of its own that would go on by itself.
      writeFileSync(join(buildpack, 'bin', 'build'), '#!/bin/sh\necho begun\nsleep 4242 &\nsleep 4242\n', {
        mode: 0o755,
      });
      const child = rig.start(['build', app, '--buildpack', buildpack, '--stack', 'static', '--cache-scope', signal]);
      await new Promise<void>((resolve) => {
        child.stderr?.on('data', (text: Buffer) => {
          if (text.toString().includes('begun')) resolve();
        });
      });
      child.kill(signal);
      const result = await finished(child);
      expect(result.exitCode).toBe(exitCode);
      expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain('sleep 4242');
      const again = await rig.run(['build', app, '-q', '--cache-scope', signal]);
      expect(again.exitCode).toBe(0);
      expect((await rig.run(['cache', 'verify'])).exitCode).toBe(0);
    },
  );
});

describe('ignored files', () => {
  test('that would have matched are named, with the rule that hides them', async () => {
    const dir = rig.folder('hidden', { 'go.mod': 'module x\n', '.dockerignore': '# all\n*.mod\n' });
    const { exitCode, stdout, stderr } = await rig.run(['build', dir]);
    expect(exitCode).toBe(20);
    expect(stdout).toBe('');
    expect(stderr).toContain('go.mod is hidden by .dockerignore:2');
  });

  test('are listed by detect --list, the defaults among them', async () => {
    const dir = rig.folder('listed', {
      'a.txt': 'a',
      '.env': 'SECRET=1',
      '.git/config': 'x',
      'node_modules/m/i.js': '',
    });
    const { stdout } = await rig.run(['detect', dir, '--list', '--json']);
    const result = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as {
      files: { path: string }[];
      hidden: { path: string }[];
    };
    expect(result.files.map(({ path }) => path)).toEqual(['a.txt']);
    expect(result.hidden.map(({ path }) => path).toSorted()).toEqual(['.env', '.git', 'node_modules']);
  });
});

test('pipes in the place of files that are read by name are passed over, and no build waits for them', async () => {
  const dir = rig.staticApp('pipes');
  const names = ['.dockerignore', '.npmrc', 'go.mod', 'go.work', 'package.json', 'project.toml'];
  execFileSync('mkfifo', names, { cwd: dir });
  const { exitCode, stdout } = await rig.run(['build', dir, '-q']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('docker.io/library/pipes:latest@');
});

describe('what a build writes into the application’s own folder', () => {
  test('is no source of the next build', async () => {
    const dir = rig.staticApp('writes-here');
    const outputs = ['-o', 'oci:out', '-o', 'docker-archive:app.tar', '--report', 'report.json', '--store', 'store'];
    const first = await rig.run(['build', '.', '-q', ...outputs], { cwd: dir });
    const second = await rig.run(['build', '.', ...outputs], { cwd: dir });
    expect(second.stdout).toBe(first.stdout);
    expect(second.stderr).toContain('Nothing changed');
  });
});

describe('images of the store', () => {
  test('are listed, inspected, copied with the same digest, and removed', async () => {
    await rig.run(['build', app, '-q', '-t', 'life/cycle:2']);
    const list = await rig.run(['images']);
    expect(list.stdout).toContain('docker.io/life/cycle:2');
    const inspected = await rig.run(['inspect', 'life/cycle:2', '--json']);
    const { image } = JSON.parse(inspected.stdout) as { image: { digest: string; processes: unknown[] } };
    expect(image.processes).toHaveLength(1);
    const copied = await rig.run(['copy', 'life/cycle:2', 'oci:copied:here']);
    expect(copied.stdout).toBe(`oci:copied:here@${image.digest}\n`);
    expect((await rig.run(['remove', 'life/cycle:2'])).exitCode).toBe(0);
    const gone = await rig.run(['remove', 'life/cycle:2']);
    expect(gone.exitCode).toBe(62);
    expect(existsSync(join(rig.dir, 'copied', 'index.json'))).toBe(true);
  });
});

describe('two groups that fit', () => {
  test('are both named, the one that was taken and the way to take the other', async () => {
    const dir = rig.staticApp('both');
    writeFileSync(join(dir, 'go.mod'), 'module example.com/both\n\ngo 1.21\n');
    writeFileSync(join(dir, 'main.go'), 'package main\n\nfunc main() {}\n');
    const args = ['detect', dir, '--env', 'BP_STATIC_BINARY=server'];
    const first = await rig.run(args);
    expect(first.stdout).toContain('Group:\n  tsbuildpack/go@');
    expect(first.stderr).toContain('tsbuildpack/static-binary would fit too: --buildpack tsbuildpack/static-binary');
    const other = await rig.run([...args, '--buildpack', 'tsbuildpack/static-binary']);
    expect(other.stdout).toContain('Group:\n  tsbuildpack/static-binary@');
  });
});
