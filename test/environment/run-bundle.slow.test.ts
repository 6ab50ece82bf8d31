import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RuntimeSpec } from '../../src/environment/runtime-spec.ts';
import { runAs } from '../rootless.ts';
import type { BundleRequest } from './bundle-contract.ts';
import { busyboxConfig, driveBundle, startAs, startBundle, temporaryDir } from './bundle-contract.ts';
import type { BundleRig } from './bundle-rig.ts';
import { bundleRig, writers } from './bundle-rig.ts';

let rig: BundleRig;

beforeAll(async () => {
  rig = await bundleRig();
});

afterAll(() => rig.remove());

describe.each(writers)('runBundle() as $name', (who) => {
  async function run(
    script: string,
    options: (BundleRequest & { do: 'run' })['options'] = {},
    env: Readonly<Record<string, string>> = {},
  ) {
    const { dir, home } = await rig.bundleOf(who, script);
    const result = await driveBundle(rig.made.program, who, {
      do: 'run',
      dir,
      options,
      home,
      env,
    });
    // Neither the container's state nor what it was started from stays.
    expect(readdirSync(temporaryDir(who, home))).toEqual([]);
    expect(processesWith(`TMPDIR=${temporaryDir(who, home)}`)).toEqual([]);
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
    const { dir, home } = await rig.bundleOf(who, `echo started; ${script.replace('1000', marker)}`);
    const started = startBundle(rig.made.program, who, { do: 'run', dir, home });
    await vi.waitFor(() => expect(started.output()).toContain('started'), 20_000);
    started.child.kill('SIGTERM');
    expect(await started.status).toBe(status);
    expect(readdirSync(temporaryDir(who, home))).toEqual([]);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`sleep ${marker}`);
  });

  test('gives the program a terminal when it is on one', async () => {
    const { dir, home } = await rig.bundleOf(who, 'test -t 0 && test -t 1 && tty; echo "$TERM"; exit 3');
    const request = JSON.stringify({ do: 'run', dir });
    const command = `'${process.execPath}' '${rig.made.program}' '${request}'`;
    const { stdout, exitCode } = await runAs(who.user, ['script', '-qec', command, '/dev/null'], {
      home,
      env: { TMPDIR: temporaryDir(who, home), TERM: 'vt100' },
    });
    expect(stdout.replaceAll('\r', '')).toContain('/dev/pts/0\nvt100\n');
    expect(exitCode).toBe(3);
  });

  test("ends by the terminal's Ctrl-C", async () => {
    const { dir, home } = await rig.bundleOf(who, 'echo started; exec sleep 1000');
    const command = `'${process.execPath}' '${rig.made.program}' '${JSON.stringify({ do: 'run', dir })}'`;
    const started = startAs(who, ['script', '-qec', command, '/dev/null'], home);
    await vi.waitFor(() => expect(started.output()).toContain('started'), 20_000);
    started.child.stdin?.write('\u0003');
    expect(await started.status).toBe(130);
  });

  test('is killed with all it has started when it is aborted', async () => {
    const marker = `${2000 + Math.random()}`;
    const { dir, home } = await rig.bundleOf(who, `trap "" TERM INT; sleep ${marker} & sleep ${marker}`);
    const { exitCode } = await driveBundle(rig.made.program, who, { do: 'run', dir, abortAfterMs: 2000, home });
    expect(exitCode).toBe(98);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`sleep ${marker}`);
    expect(readdirSync(temporaryDir(who, home))).toEqual([]);
  });

  test('goes on to the next runtime when one does not work, and says why', async () => {
    const bin = join(rig.homeOf(who), 'bin');
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
    const configuration = join(rig.homeOf(who), 'containers.conf');
    writeFileSync(configuration, '[engine]\nruntime = "runc"\n');
    chmodSync(join(configuration, '..'), 0o755);
    const { stdout, stderr, exitCode } = await run(
      'echo "$(id -u):$(id -g) $(pwd) $FROM $ADDED $*"; exit 4',
      { runtimes: ['podman'], args: ['arg'], env: { ADDED: 'x' } },
      { CONTAINERS_CONF: configuration },
    );
    expect(exitCode, stderr).toBe(4);
    expect(stdout).toBe(`${who.runsAs} /home/app image x arg\n`);
  });
});

describe('where namespaces are forbidden', () => {
  test('writeBundle() does without the id ranges of a user', async () => {
    const user = { ...writers.at(-1)!, wrapper: [rig.made.noNamespaces] };
    const home = rig.homeOf(user);
    const config = busyboxConfig(['/bin/true']);
    const dir = join(home, 'bundle');
    const { exitCode, events } = await driveBundle(rig.made.program, user, {
      do: 'write',
      dir,
      config,
      layerFiles: [rig.layerFile],
      home,
    });
    expect(exitCode).toBe(0);
    expect(events).toMatchObject([
      {
        type: 'info',
        message: expect.stringMatching(/runs as your user alone: your id ranges cannot be used here \(/) as string,
      },
    ]);
    const spec = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')) as RuntimeSpec;
    expect(spec.process.user).toEqual({ uid: 0, gid: 0 });
    expect(spec.linux.uidMappings).toEqual([{ containerID: 0, hostID: user.user.uid, size: 1 }]);
  });

  test('runBundle() gives the reason of every runtime and what to do instead', async () => {
    const user = writers.at(-1)!;
    const { dir, home } = await rig.bundleOf(user, 'true');
    const { exitCode, events } = await driveBundle(
      rig.made.program,
      { ...user, wrapper: [rig.made.noNamespaces] },
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

/** Processes that have this in their environment. */
function processesWith(variable: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
    } catch {
      return false;
    }
  });
}
