import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyboxEntries } from '../environment/bundle-contract.ts';
import type { Who } from '../environment/environment-contract.ts';
import { everybody } from '../environment/environment-contract.ts';
import { file } from '../layer/support/hostile-tar.ts';
import type { RunAsResult } from '../rootless.ts';
import { folderFor, packageReadableBy, removeAs, runAs } from '../rootless.ts';
import { sharedDirectory } from '../temporary-directory.ts';
import { writeLayout } from './image-fixture.ts';

const bigBytes = 40_000_000;
let folder: string;
let layout: string;

beforeAll(async () => {
  folder = sharedDirectory('bundle');
  layout = join(folder, 'layout');
  const big = { ...file('home/app/big', 'x'.repeat(bigBytes), 0o644), uid: 1002, gid: 1000 };
  await writeLayout(layout, [...busyboxEntries(), big], { User: 'app', WorkingDir: '/home/app', Cmd: ['/bin/sh'] });
  execFileSync('chmod', ['-R', 'a+rX', folder]);
});

describe.each(everybody())('tsbuildpack run as $name', (who) => {
  let home: string;
  let cli: string;

  beforeAll(async () => {
    home = folderFor(who.user);
    cli = join(await packageReadableBy(who.user), 'dist', 'cli.js');
  });

  afterAll(() => {
    if (process.getuid?.() === 0) rmSync(home, { recursive: true, force: true });
    else removeAs(who.user, home);
  });

  function run(args: readonly string[], prefix: readonly string[] = []): Promise<RunAsResult> {
    const env = { TSBUILDPACK_STORE: join(home, 'store'), PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    return runAs(who.user, [...prefix, process.execPath, cli, ...args], { home, cwd: '/', env });
  }

  test('unpacks an image once for twenty containers, each with what it writes for itself', async () => {
    const script =
      'stat -c "%u:%g" big; [ ! -e new ] && echo "$1" >new && echo changed >>note && cat new note; sleep 1';
    const start = (index: number): Promise<RunAsResult> =>
      run(['run', `oci:${layout}`, '--', '/bin/sh', '-c', script, 'sh', `container ${index}`]);
    const first = await start(0);
    expect(first).toMatchObject({ exitCode: 0, stdout: '1002:1000\ncontainer 0\na note\nchanged\n' });
    const before = kilobytesOf(join(home, 'store'));
    const peak: number[] = [];
    for (let batch = 0; batch < 4; batch += 1) {
      const running = Promise.all([0, 1, 2, 3, 4].map((index) => start(batch * 5 + index)));
      const watch = setInterval(() => peak.push(kilobytesOf(join(home, 'store'))), 300);
      // Five at a time are enough to overlap, and few enough for a small machine.
      // oxlint-disable-next-line no-await-in-loop
      const results = await running;
      clearInterval(watch);
      for (const [index, result] of results.entries()) {
        expect(result.stdout).toBe(`1002:1000\ncontainer ${batch * 5 + index}\na note\nchanged\n`);
      }
    }
    // While they ran there was one root file system and what each had written.
    expect(before).toBeGreaterThan(bigBytes / 1024);
    expect(Math.max(...peak)).toBeLessThan(before + 4000);
    expect(kilobytesOf(join(home, 'store'))).toBeLessThan(before + 500);
    expect(readdirSync(join(home, 'store/v1/rootfs')).filter((name) => !name.endsWith('.used'))).toHaveLength(1);
  }, 120_000);

  test('leaves the shared root file system as the image has it', async () => {
    const { stdout } = await run(['run', `oci:${layout}`, '--', '/bin/sh', '-c', 'cat note; ls; rm -r /home/app']);
    expect(stdout).toBe('a note\nbig\nnote\n');
    expect((await run(['run', `oci:${layout}`, '--', '/bin/ls'])).stdout).toBe('big\nnote\n');
  });

  test('keeps it from a prune while a container runs, and removes it afterwards with the files of all ids', async () => {
    const running = run(['run', `oci:${layout}`, '--', '/bin/sh', '-c', 'sleep 4; cat note']);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await run(['cache', 'prune'])).toMatchObject({ exitCode: 0 });
    expect(await running).toMatchObject({ exitCode: 0, stdout: 'a note\n' });
    expect(await run(['cache', 'prune'])).toMatchObject({ exitCode: 0 });
    expect(readdirSync(join(home, 'store/v1/rootfs'))).toEqual([]);
    expect(readdirSync(join(home, 'store/v1/tmp'))).toEqual([]);
  });

  test('removes what a killed container left when the store is opened again', async () => {
    const status = await run(
      ['run', `oci:${layout}`, '--', '/bin/sh', '-c', 'mkdir -p d; echo x >d/x; sleep 20'],
      ['timeout', '--signal=KILL', '3'],
    );
    expect(status.exitCode).not.toBe(0);
    const left = (): string[] => readdirSync(join(home, 'store/v1/tmp'));
    expect(left()).not.toEqual([]);
    expect(await run(['cache', 'info'])).toMatchObject({ exitCode: 0 });
    expect(left()).toEqual([]);
  });
});

test.runIf(process.getuid?.() === 0)('tsbuildpack run copies where there can be no overlay', async () => {
  const [root] = everybody();
  const home = folderFor(root!.user);
  try {
    // The store on an overlay, as in a container: an overlay cannot be the upper half of another.
    const mounted = join(home, 'mounted');
    for (const dir of ['mounted', 'upper', 'work', 'lower']) mkdirSync(join(home, dir));
    chmodSync(home, 0o755);
    const options = `lowerdir=${home}/lower,upperdir=${home}/upper,workdir=${home}/work`;
    const script = `mount -t overlay x -o ${options} ${mounted} && exec "$@"`;
    const cli = join(await packageReadableBy(root!.user), 'dist', 'cli.js');
    const argv = [process.execPath, cli, 'run', '--verbose', `oci:${layout}`, '--', '/bin/cat', 'note'];
    const { exitCode, stdout, stderr } = await asRoot(
      root!,
      ['unshare', '--mount', 'sh', '-c', script, 'sh', ...argv],
      {
        home,
        store: join(mounted, 'store'),
      },
    );
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0, stdout: 'a note\n' });
    expect(stderr).toContain('Copying the root file system');
    expect(readdirSync(join(home, 'upper/store/v1/rootfs'))).toEqual([]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

function asRoot(
  { user }: Who,
  argv: readonly string[],
  { home, store }: { readonly home: string; readonly store: string },
): Promise<RunAsResult> {
  return runAs(user, argv, { home, cwd: '/', env: { TSBUILDPACK_STORE: store } });
}

/** What is on disk, of every file once; what has vanished meanwhile does not count. */
function kilobytesOf(dir: string): number {
  const text = execFileSync('sh', ['-c', 'du -sk "$1" 2>/dev/null || :', 'sh', dir], { encoding: 'utf8' });
  return Number.parseInt(text, 10);
}
