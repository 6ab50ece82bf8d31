import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedDirectory } from '../temporary-directory.ts';
import { librariesOf, prebuiltLauncher } from './run-launcher.ts';

interface RuncConfig {
  process: { terminal: boolean; args: string[]; env: string[]; rlimits?: unknown };
  root: { path: string; readonly: boolean };
}

const folder = sharedDirectory('tsbuildpack-init');
const state = join(folder, 'state');
const init = '/layers/tsbuildpack_node/runtime/bin/tsbuildpack-init';
const programs = ['/bin/bash', '/bin/sleep', '/bin/cat', '/bin/kill', '/bin/stty', '/bin/ps'];
const running = new Set<string>();
let count = 0;

beforeAll(() => {
  const root = join(folder, 'rootfs');
  for (const file of new Set(programs.flatMap((program) => [program, ...librariesOf(program)]))) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(file, join(root, file));
  }
  mkdirSync(dirname(join(root, init)), { recursive: true });
  copyFileSync(prebuiltLauncher().file, join(root, init));
  mkdirSync(join(root, 'proc'));
});

afterAll(() => {
  for (const id of running) spawnSync('runc', ['--root', state, 'delete', '--force', id]);
  rmSync(folder, { recursive: true, force: true });
});

/** A bundle whose process 1 is the init in front of a bash script. Returns its folder. */
function makeBundle(script: string, terminal: boolean): string {
  const bundle = join(folder, `bundle-${count++}`);
  mkdirSync(bundle);
  cpSync(join(folder, 'rootfs'), join(bundle, 'rootfs'), { recursive: true });
  execFileSync('runc', ['spec', ...(process.getuid?.() === 0 ? [] : ['--rootless'])], { cwd: bundle });
  const file = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as RuncConfig;
  config.process.terminal = terminal;
  config.process.args = [init, '/bin/bash', '-c', script];
  config.process.env = ['PATH=/bin', 'TERM=xterm'];
  delete config.process.rlimits;
  writeFileSync(file, JSON.stringify(config));
  return bundle;
}

interface Container {
  readonly id: string;
  printed(text: string): Promise<void>;
  type(text: string): void;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

function startContainer(script: string, { terminal = false } = {}): Container {
  const bundle = makeBundle(script, terminal);
  const id = `tsbuildpack-init-${process.pid}-${count}`;
  running.add(id);
  const command = ['runc', '--root', state, 'run', '--bundle', bundle, id];
  // script(1) is the terminal.
  const argv = terminal ? ['script', '-qec', command.join(' '), '/dev/null'] : command;
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: 'pipe' });
  let output = '';
  const listen = (text: string): void => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', listen);
  child.stderr.setEncoding('utf8').on('data', listen);
  return {
    id,
    printed: async (text) => {
      const limit = performance.now() + 20_000;
      while (!output.includes(text)) {
        if (child.exitCode !== null || performance.now() > limit) throw new Error(output);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    type: (text) => child.stdin.write(text),
    ended: new Promise((resolve) => {
      child.on('close', (code) => {
        running.delete(id);
        resolve({ code, output });
      });
    }),
  };
}

function signal(container: Container, name: string): void {
  execFileSync('runc', ['--root', state, 'kill', container.id, name]);
}

describe('tsbuildpack-init as process 1 of a container', () => {
  test('gives back the status of its child, which is another process', async () => {
    const { code, output } = await startContainer('echo "parent $PPID"; exit 42').ended;
    expect(output).toBe('parent 1\n');
    expect(code).toBe(42);
  });

  test('ends a child that has no handler with the signal, which process 1 itself would ignore', async () => {
    const container = startContainer('echo ready; exec sleep 60');
    await container.printed('ready');
    signal(container, 'TERM');
    expect((await container.ended).code).toBe(128 + 15);
  });

  test('lets a handler of its child decide', async () => {
    const container = startContainer('trap "echo stopping; exit 3" TERM; echo ready; while :; do sleep 0.02; done');
    await container.printed('ready');
    signal(container, 'TERM');
    expect(await container.ended).toEqual({ code: 3, output: 'ready\nstopping\n' });
  });

  test('reaps orphans', async () => {
    const orphans = 'for i in 1 2 3 4 5; do bash -c "sleep 0.05 & exit"; done; sleep 0.4; ps -e -o stat=,comm=';
    const { output } = await startContainer(orphans).ended;
    expect(output).toContain('tsbuildpack-ini');
    expect(output).not.toMatch(/^Z/m);
  });

  test('passes the terminal: Ctrl-C reaches the child once', async () => {
    const script = [
      'stty -echo',
      'trap "echo interrupted" INT',
      'echo ready',
      'while read -r line; do echo "line $line"; [ "$line" = two ] && exit 5; done',
    ].join('; ');
    const container = startContainer(script, { terminal: true });
    await container.printed('ready');
    container.type('one\n');
    await container.printed('line one');
    container.type('\u0003');
    await container.printed('interrupted');
    container.type('two\n');
    const { code, output } = await container.ended;
    expect(output.replaceAll('\r', '').split('interrupted').length - 1).toBe(1);
    expect(output).toContain('line two');
    expect(code).toBe(5);
  });
});
