import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuntimeSpec } from '../../src/environment/runtime-spec.ts';
import { directory, file, link } from '../layer/support/hostile-tar.ts';
import { runAs } from '../rootless.ts';
import { busyboxConfig, driveBundle } from './bundle-contract.ts';
import type { BundleRig } from './bundle-rig.ts';
import { bundleRig, writers } from './bundle-rig.ts';

let rig: BundleRig;

beforeAll(async () => {
  rig = await bundleRig();
});

afterAll(() => rig.remove());

describe.each(writers)('writeBundle() as $name', (who) => {
  test('writes what plain runc runs at once', async () => {
    const script =
      'echo "$(id -u):$(id -g) $(id -G) $(pwd) $FROM $HOME"; stat -c "%u:%g %a %n" /bin/sh . note; cat note; echo new > new; ls';
    const { dir, home } = await rig.bundleOf(who, script);
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
    const { dir, home } = await rig.bundleOf(who, 'ulimit -Hn; cat /proc/net/dev; cat /etc/resolv.conf');
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
    const { dir, home } = await rig.bundleOf(who, 'true');
    const request = {
      do: 'write' as const,
      config: busyboxConfig(['/bin/true']),
      layerFiles: [rig.layerFile],
      withoutRanges: who.withoutRanges,
      home,
    };
    expect((await driveBundle(rig.made.program, who, { ...request, dir })).exitCode).toBe(0);
    expect(JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8'))).toMatchObject({
      process: { args: ['/bin/true'] },
    });
    const other = join(home, 'other');
    mkdirSync(other, { mode: 0o777 });
    writeFileSync(join(other, 'mine'), '');
    const { events } = await driveBundle(rig.made.program, who, { ...request, dir: other });
    expect(events.at(-1)).toMatchObject({
      code: 'OUTPUT_FAILED',
      message: `Cannot write a bundle to "${other}": it holds something that is no bundle of tsbuildpack`,
    });
    expect(readdirSync(other)).toEqual(['mine']);
    expect(readdirSync(home).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
  });

  test('gives away nothing outside of the bundle for a layer that puts a symlink where a directory was', async () => {
    const home = rig.homeOf(who);
    const outside = join(home, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'x'), 'mine');
    execFileSync('chown', ['-R', `${who.user.uid}:${who.user.gid}`, outside]);
    const first = rig.made.layerFile([directory('a'), { ...file('a/x'), uid: 1000, gid: 1000 }]);
    const second = rig.made.layerFile([link('symlink', 'a', outside)]);
    const config = busyboxConfig(['/bin/true']);
    const layerFiles = [rig.layerFile, first, second];
    const { exitCode } = await driveBundle(rig.made.program, who, {
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
