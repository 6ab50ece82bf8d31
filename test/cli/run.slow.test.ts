import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { CliRig, finished } from './cli-rig.ts';

const rig: CliRig = new CliRig();

beforeAll(async () => {
  const { exitCode, stderr } = await rig.run([
    'build',
    join(repositoryRoot, 'examples', 'penguin-shell'),
    '-t',
    'shell',
  ]);
  if (exitCode !== 0) throw new Error(stderr);
});

afterAll(() => rig.remove());

/** Interfaces in what the kernel writes to /proc/net/dev, after two lines of headings. */
function interfaces(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((line) => line.split(':')[0]?.trim() ?? '');
}

describe('tsbuildpack run', () => {
  test('gives the process standard input, and its output and exit status back', async () => {
    const { exitCode, stdout } = await rig.run(['run', 'shell'], { input: 'ls /\nexit 7\n' });
    expect(stdout).toMatch(/^cnb\/\n(.*\n)*workspace\/\n$/);
    expect(exitCode).toBe(7);
  });

  test('gives the process a terminal where there is one', async () => {
    // script(1) makes the terminal and gives the exit status of what runs on it.
    const child = spawn('script', ['-qec', [...rig.command, 'run', 'shell'].join(' '), '/dev/null'], {
      cwd: rig.dir,
      env: { ...rig.env, TERM: 'xterm' },
    });
    const { exitCode, stdout } = await finished(child, 'cd /layers\nexit 3\n');
    expect(stdout).toContain('Penguin Shell. "help" lists the commands.');
    expect(stdout).toContain('/workspace 🐧 ');
    expect(stdout).toContain('/layers 🐧 ');
    expect(exitCode).toBe(3);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('passes %s on to the process and ends with %d', async (signal, status) => {
    const child = rig.start(['run', 'shell']);
    child.stdin?.write('echo ready\n');
    await shows(child, 'ready');
    child.kill(signal);
    const ended = new Promise((resolve) => child.once('close', resolve));
    expect(await ended).toBe(status);
  });

  test('sets variables for the process, behind the image on the command line too', async () => {
    const input = 'cat /proc/self/environ\n';
    const { stdout } = await rig.run(['run', '-e', 'ONE=1 one', 'shell', '--env', 'TWO'], {
      input,
      env: { TWO: 'zwei' },
    });
    expect(stdout.split('\0')).toEqual(expect.arrayContaining(['ONE=1 one', 'TWO=zwei']));
  });

  test('shares the network of this machine, and with --network none has none, wherever that stands', async () => {
    const input = 'cat /proc/net/dev\n';
    const shared = await rig.run(['run', 'shell'], { input });
    expect(interfaces(shared.stdout)).toEqual(interfaces(readFileSync('/proc/net/dev', 'utf8')));
    for (const args of [
      ['run', '--network', 'none', 'shell'],
      ['run', 'shell', '--network', 'none'],
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      const alone = await rig.run(args, { input });
      expect(
        interfaces(alone.stdout).filter((name) => name !== 'lo' && !/^(ifb|dummy|tunl|sit|ip6)/.test(name)),
      ).toEqual([]);
    }
  });

  test('starts the process that is asked for, with arguments of one’s own', async () => {
    const app = rig.staticApp();
    const buildpack = rig.folder('processes', {
      'buildpack.toml': 'api = "0.12"\n[buildpack]\nid = "acme/processes"\nversion = "1.0.0"\n',
    });
    mkdirSync(join(buildpack, 'bin'));
    const launch = ['shown', 'other']
      .map((type) => `[[processes]]\ntype = "${type}"\ncommand = ["/workspace/server"]\nargs = ["--${type}"]\n`)
      .join('');
    writeFileSync(join(buildpack, 'bin', 'detect'), '#!/bin/sh\nexit 0\n');
    writeFileSync(
      join(buildpack, 'bin', 'build'),
      `#!/bin/sh\ncat > "$CNB_LAYERS_DIR/launch.toml" <<'END'\n${launch}END\n`,
    );
    for (const name of ['detect', 'build']) chmodSync(join(buildpack, 'bin', name), 0o755);
    const built = await rig.run(['build', app, '-t', 'two', '--buildpack', buildpack, '--stack', 'static']);
    expect(built).toMatchObject({ exitCode: 0 });
    const other = await rig.run(['run', 'two', '--process', 'other']);
    expect(other.stderr).toContain('--other');
    const own = await rig.run(['run', 'two', '--process', 'other', '--', '--version']);
    expect(own).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test('says what an image of another machine needs', async () => {
    const [here, foreign] = process.arch === 'x64' ? ['amd64', 'arm64'] : ['arm64', 'amd64'];
    const app = rig.folder('foreign');
    copyFileSync(launcher(foreign), join(app, 'server'));
    const built = await rig.run(['build', app, '-t', 'other-machine', '--platform', `linux/${foreign}`]);
    expect(built).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await rig.run(['run', 'other-machine']);
    const refusals = [
      `Cannot start the image: it is for linux/${foreign}, and this machine runs linux/${here}`,
      `--platform linux/${here}`,
    ].filter((text) => stderr.includes(text));
    const emulated = startsForeignPrograms(here, foreign);
    expect({ refusals: refusals.length, refused: exitCode === 126 }).toEqual(
      emulated ? { refusals: 0, refused: false } : { refusals: 2, refused: true },
    );
  });
});

function launcher(arch: string): string {
  return join(repositoryRoot, 'launcher', 'prebuilt', `linux-${arch}`, 'launcher');
}

/** Asked of the init, because Node hands what the kernel refuses to a shell. */
function startsForeignPrograms(here: string, foreign: string): boolean {
  return spawnSync(launcher(here), [launcher(foreign)], { argv0: 'tsbuildpack-init' }).status !== 126;
}

async function shows(child: ChildProcess, text: string): Promise<void> {
  let shown = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
      if (shown.includes(text)) resolve();
    });
    child.once('close', () => reject(new Error(`It ended before it wrote "${text}"`)));
  });
}
