import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RuntimeSpec } from '../../src/environment/runtime-spec.ts';
import { directory, file, link } from '../layer/support/hostile-tar.ts';
import { folderFor, runAs } from '../rootless.ts';
import type { BundleDriver, BundleRequest } from './bundle-contract.ts';
import {
  busyboxConfig,
  busyboxEntries,
  driveBundle,
  makeBundleDriver,
  startAs,
  startBundle,
  temporaryDir,
} from './bundle-contract.ts';
import type { Who } from './environment-contract.ts';
import { everybody } from './environment-contract.ts';

interface Writer extends Who {
  readonly withoutRanges: boolean;
  /** What the image's user 1002:1000 is in the container. */
  readonly runsAs: string;
}

let made: BundleDriver;
let layerFile: string;
const folders: { readonly path: string; readonly who: Who }[] = [];

beforeAll(async () => {
  made = await makeBundleDriver();
  layerFile = made.layerFile(busyboxEntries());
});

afterAll(async () => {
  made.remove();
  for (const { path, who } of folders) {
    // Files of other ids: only their namespace, or root, can remove them.
    if (process.getuid?.() === 0) rmSync(path, { recursive: true, force: true });
    else await runAs(who.user, ['unshare', '--map-root-user', '--map-auto', 'rm', '-rf', path]);
  }
});

function homeOf(who: Who): string {
  const path = folderFor(who.user);
  folders.push({ path, who }, { path: temporaryDir(who, path), who });
  return path;
}

type WriteRequest = BundleRequest & { readonly do: 'write' };

/** Writes a bundle that runs a shell script. */
async function bundleOf(
  who: Writer,
  script: string,
  more: Partial<WriteRequest> = {},
): Promise<{ dir: string; home: string }> {
  const home = homeOf(who);
  const dir = join(home, 'bundle');
  const config = busyboxConfig(['/bin/sh', '-c', script, 'sh']);
  const { exitCode, stderr } = await driveBundle(made.program, who, {
    do: 'write',
    dir,
    config,
    layerFiles: [layerFile],
    withoutRanges: who.withoutRanges,
    ...more,
    home,
  });
  if (exitCode !== 0) throw new Error(stderr);
  return { dir, home };
}

const writers: readonly Writer[] = everybody().flatMap((who): readonly Writer[] =>
  who.user.uid === 0
    ? [{ ...who, withoutRanges: false, runsAs: '1002:1000' }]
    : [
        { ...who, name: `${who.name} with id ranges`, withoutRanges: false, runsAs: '1002:1000' },
        { ...who, name: `${who.name} without id ranges`, withoutRanges: true, runsAs: '0:0' },
      ],
);

describe.each(writers)('writeBundle() as $name', (who) => {
  test('writes what plain runc runs at once', async () => {
    const script =
      'echo "$(id -u):$(id -g) $(id -G) $(pwd) $FROM $HOME"; stat -c "%u:%g %a %n" /bin/sh . note; cat note; echo new > new; ls';
    const { dir, home } = await bundleOf(who, script);
    const run = await runAs(
      who.user,
      ['runc', '--root', join(home, 'state'), 'run', '-b', dir, `test-${process.pid}`],
      { home },
    );
    expect(run.stderr).toBe('');
    const owner = who.runsAs;
    // A user's own group stays with a process of his: runc may not drop it.
    const groups = who.user.uid === 0 ? '1000 1003' : who.withoutRanges ? '0' : '1000 0';
    expect(run.stdout).toBe(
      `${owner} ${groups} /home/app image /home/app\n0:0 777 /bin/sh\n${owner} 700 .\n${owner} 600 note\na note\nnew\nnote\n`,
    );
    expect(lstatSync(dir).mode & 0o777).toBe(0o700);
  });

  test('asks for no limit and no network that the writer does not have', async () => {
    const { dir, home } = await bundleOf(who, 'ulimit -Hn; cat /proc/net/dev; cat /etc/resolv.conf');
    const spec = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')) as RuntimeSpec & {
      process: { rlimits?: unknown };
    };
    expect(spec.process.rlimits).toBeUndefined();
    const run = await runAs(
      who.user,
      ['runc', '--root', join(home, 'state'), 'run', '-b', dir, `test-${process.pid}`],
      { home },
    );
    const limit = (await runAs(who.user, ['sh', '-c', 'ulimit -Hn'])).stdout;
    expect(run.stdout.startsWith(limit)).toBe(true);
    expect(run.stdout).toContain(readFileSync('/etc/resolv.conf', 'utf8'));
    const interfaces = (text: string): readonly string[] =>
      [...text.matchAll(/^\s*(\S+):/gm)].map(([, name]) => name ?? '').toSorted();
    expect(interfaces(run.stdout)).toEqual(
      expect.arrayContaining([...interfaces(readFileSync('/proc/net/dev', 'utf8'))]),
    );
  });

  test('replaces a bundle of its own in one step, and nothing else', async () => {
    const { dir, home } = await bundleOf(who, 'true');
    const request = {
      do: 'write' as const,
      config: busyboxConfig(['/bin/true']),
      layerFiles: [layerFile],
      withoutRanges: who.withoutRanges,
      home,
    };
    expect((await driveBundle(made.program, who, { ...request, dir })).exitCode).toBe(0);
    expect(JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8'))).toMatchObject({
      process: { args: ['/bin/true'] },
    });
    const other = join(home, 'other');
    mkdirSync(other, { mode: 0o777 });
    writeFileSync(join(other, 'mine'), '');
    const { events } = await driveBundle(made.program, who, { ...request, dir: other });
    expect(events.at(-1)).toMatchObject({
      code: 'OUTPUT_FAILED',
      message: `Cannot write a bundle to "${other}": it holds something that is no bundle of tsbuildpack`,
    });
    expect(readdirSync(other)).toEqual(['mine']);
    expect(readdirSync(home).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
  });

  test('gives away nothing outside of the bundle for a layer that puts a symlink where a directory was', async () => {
    const home = homeOf(who);
    const outside = join(home, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'x'), 'mine');
    execFileSync('chown', ['-R', `${who.user.uid}:${who.user.gid}`, outside]);
    const first = made.layerFile([directory('a'), { ...file('a/x'), uid: 1000, gid: 1000 }]);
    const second = made.layerFile([link('symlink', 'a', outside)]);
    const config = busyboxConfig(['/bin/true']);
    const layerFiles = [layerFile, first, second];
    const { exitCode } = await driveBundle(made.program, who, {
      do: 'write',
      dir: join(home, 'b'),
      config,
      layerFiles,
      withoutRanges: who.withoutRanges,
      home,
    });
    expect(exitCode).toBe(0);
    expect(lstatSync(join(outside, 'x'))).toMatchObject({ uid: who.user.uid, gid: who.user.gid });
    expect(readFileSync(join(outside, 'x'), 'utf8')).toBe('mine');
  });
});

describe.each(writers)('runBundle() as $name', (who) => {
  async function run(
    script: string,
    options: (BundleRequest & { do: 'run' })['options'] = {},
    env: Readonly<Record<string, string>> = {},
  ) {
    const { dir, home } = await bundleOf(who, script);
    const result = await driveBundle(made.program, who, {
      do: 'run',
      dir,
      options,
      home,
      env,
    });
    // Neither the container's state nor what it was started from stays.
    expect(readdirSync(temporaryDir(who, home))).toEqual([]);
    return { ...result, home };
  }

  test.each([
    { script: 'exit 0', status: 0 },
    { script: 'exit 7', status: 7 },
    { script: 'kill -9 $$', status: 137 },
    { script: 'exec /bin/nothing', status: 127 },
  ])('gives back the status of "$script"', async ({ script, status }) => {
    expect((await run(script)).exitCode).toBe(status);
  });

  test('replaces arguments, adds environment and starts another process', async () => {
    const { stdout } = await run('echo "$FROM $ADDED: $*"', {
      args: ['a', 'b c'],
      env: { FROM: 'user', ADDED: '1=2' },
    });
    expect(stdout).toBe('user 1=2: a b c\n');
    expect((await run('true', { process: 'greet', args: ['you'] })).stdout).toBe('greet: you\n');
    const { events, exitCode } = await run('true', { process: 'web' });
    expect(exitCode).toBe(99);
    expect(events.at(-1)).toMatchObject({
      code: 'RUN_FAILED',
      message: 'Cannot run process "web": the image has greet',
    });
  });

  test('isolates from the network when asked', async () => {
    const { stdout } = await run('cat /proc/net/dev; cat /etc/resolv.conf', { network: 'none' });
    expect([...stdout.matchAll(/^\s*(\S+):/gm)].map(([, name]) => name)).toEqual(['lo']);
  });

  test.each([
    { what: 'a program without a handler', script: 'sleep 1000', status: 143 },
    {
      what: 'a program with a handler',
      script: 'trap "echo bye; exit 5" TERM; while :; do sleep 0.05; done',
      status: 5,
    },
  ])('passes SIGTERM on to $what', async ({ script, status }) => {
    const marker = `${1000 + Math.random()}`;
    const { dir, home } = await bundleOf(who, `echo started; ${script.replace('1000', marker)}`);
    const started = startBundle(made.program, who, { do: 'run', dir, home });
    await vi.waitFor(() => expect(started.output()).toContain('started'), 20_000);
    started.child.kill('SIGTERM');
    expect(await started.status).toBe(status);
    expect(readdirSync(temporaryDir(who, home))).toEqual([]);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`sleep ${marker}`);
  });

  test('gives the program a terminal when it is on one', async () => {
    const { dir, home } = await bundleOf(who, 'test -t 0 && test -t 1 && tty; echo "$TERM"; exit 3');
    const request = JSON.stringify({ do: 'run', dir });
    const command = `'${process.execPath}' '${made.program}' '${request}'`;
    const { stdout, exitCode } = await runAs(who.user, ['script', '-qec', command, '/dev/null'], {
      home,
      env: { TMPDIR: temporaryDir(who, home), TERM: 'vt100' },
    });
    expect(stdout.replaceAll('\r', '')).toContain('/dev/pts/0\nvt100\n');
    expect(exitCode).toBe(3);
  });

  test("ends by the terminal's Ctrl-C", async () => {
    const { dir, home } = await bundleOf(who, 'echo started; exec sleep 1000');
    const command = `'${process.execPath}' '${made.program}' '${JSON.stringify({ do: 'run', dir })}'`;
    const started = startAs(who, ['script', '-qec', command, '/dev/null'], home);
    await vi.waitFor(() => expect(started.output()).toContain('started'), 20_000);
    started.child.stdin?.write('\u0003');
    expect(await started.status).toBe(130);
  });

  test('is killed with all it has started when it is aborted', async () => {
    const marker = `${2000 + Math.random()}`;
    const { dir, home } = await bundleOf(who, `trap "" TERM INT; sleep ${marker} & sleep ${marker}`);
    const { exitCode } = await driveBundle(made.program, who, { do: 'run', dir, abortAfterMs: 2000, home });
    expect(exitCode).toBe(98);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`sleep ${marker}`);
    expect(readdirSync(temporaryDir(who, home))).toEqual([]);
  });

  test('goes on to the next runtime when one does not work, and says why', async () => {
    const bin = join(homeOf(who), 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'runc'), '#!/bin/sh\necho "runc: no cgroups today" >&2\nexit 1\n', { mode: 0o755 });
    symlinkSync('/usr/sbin/runc', join(bin, 'youki'));
    const { stdout, events } = await run('echo ran', { runtimes: ['runc', 'youki'] }, { PATH: `${bin}:/usr/bin:/bin` });
    expect(stdout).toBe('ran\n');
    expect(events).toContainEqual({ type: 'info', message: 'Not running with runc: runc: no cgroups today' });
  });

  test('says what to do where there is no runtime', async () => {
    const { exitCode, events } = await run('true', { runtimes: [] });
    expect(exitCode).toBe(99);
    expect(events.at(-1)).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: 'Cannot run the image: no OCI runtime works here',
      hint: expect.stringMatching(/^Install runc or crun\n[^]*docker load[^]*bundle:DIR/) as string,
    });
  });

  test('runs with podman too', async () => {
    // The user's own configuration, for a machine where the runtime that podman would take does not work.
    const configuration = join(homeOf(who), 'containers.conf');
    writeFileSync(configuration, '[engine]\nruntime = "runc"\n');
    chmodSync(join(configuration, '..'), 0o755);
    const { stdout, exitCode } = await run(
      'echo "$(id -u):$(id -g) $(pwd) $FROM $ADDED $*"; exit 4',
      { runtimes: ['podman'], args: ['arg'], env: { ADDED: 'x' } },
      { CONTAINERS_CONF: configuration },
    );
    expect(stdout).toBe(`${who.runsAs} /home/app image x arg\n`);
    expect(exitCode).toBe(4);
  });
});

describe('runBundle() where namespaces are forbidden', () => {
  test('gives the reason of every runtime and what to do instead', async () => {
    const user = writers.at(-1)!;
    const { dir, home } = await bundleOf(user, 'true');
    const { exitCode, events } = await driveBundle(
      made.program,
      { ...user, wrapper: [made.noNamespaces] },
      { do: 'run', dir, home },
    );
    expect(exitCode).toBe(99);
    expect(events.at(-1)).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      detail: expect.stringMatching(/^runc: .+\n(?:crun: .+\n)?podman: .+$/) as string,
      hint: expect.stringContaining('--output docker-archive:FILE') as string,
    });
  });
});
