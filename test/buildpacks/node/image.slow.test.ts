import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../../scripts/repository-root.ts';
import { CliRig } from '../../cli/cli-rig.ts';

interface RuntimeConfig {
  process: { args: string[]; env: string[]; user: { uid: number } };
  root: { readonly: boolean };
  mounts: { destination: string; type: string; source: string; options?: string[] }[];
  linux: { resources?: object; cgroupsPath?: string };
}

const rig: CliRig = new CliRig();
const app = join(rig.dir, 'node-web');
const bundle = join(rig.dir, 'bundle');
const state = join(rig.dir, 'state');
let log = '';

async function build(folder: string, ...options: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await rig.run(['build', folder, ...options]);
  log = stdout + stderr;
  if (exitCode !== 0) throw new Error(log);
}

beforeAll(async () => {
  cpSync(join(repositoryRoot, 'examples/node-web'), app, { recursive: true });
  await build(app, '--output', `bundle:${bundle}`);
});

afterAll(() => rig.remove());

let count = 0;

interface Container {
  readonly id: string;
  printed(text: string): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

/** Starts the bundle with a script in place of the server. */
function start(script: string, change: (config: RuntimeConfig) => void = () => {}): Container {
  const file = join(bundle, 'config.json');
  const original = readFileSync(file, 'utf8');
  const config = JSON.parse(original) as RuntimeConfig;
  const init = '/layers/tsbuildpack_node/node/bin/tsbuildpack-init';
  // The launcher makes the environment, and starts what follows as it does a process of the image.
  config.process.args = ['/cnb/lifecycle/launcher', '--', init, 'node', '-e', script];
  change(config);
  const folder = join(rig.dir, `bundle-${count}`);
  mkdirSync(folder);
  cpSync(bundle, folder, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const id = `tsbuildpack-node-${process.pid}-${count++}`;
  const child = spawn('runc', ['--root', state, 'run', '--bundle', folder, id], { stdio: 'pipe' });
  let output = '';
  const listen = (text: string): void => void (output += text);
  child.stdout.setEncoding('utf8').on('data', listen);
  child.stderr.setEncoding('utf8').on('data', listen);
  return {
    id,
    printed: async (text) => {
      const limit = performance.now() + 60_000;
      while (!output.includes(text)) {
        if (child.exitCode !== null || performance.now() > limit) throw new Error(output);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    ended: new Promise((resolve) => {
      child.on('close', (code) => {
        spawnSync('runc', ['--root', state, 'delete', '--force', id]);
        resolve({ code, output });
      });
    }),
  };
}

/** Milliseconds from the signal to the end. */
async function stop(container: Container): Promise<number> {
  const told = performance.now();
  execFileSync('runc', ['--root', state, 'kill', container.id, 'TERM']);
  await container.ended;
  return performance.now() - told;
}

describe('a process of an image with Node', () => {
  test('without a handler ends within a second of SIGTERM, with 143', async () => {
    const container = start("console.log('ready'); setInterval(() => {}, 1000)");
    await container.printed('ready');
    expect(await stop(container)).toBeLessThan(1000);
    expect((await container.ended).code).toBe(143);
  });

  test('with a handler gets its handler', async () => {
    const container = start(
      "process.on('SIGTERM', () => { console.log('bye'); process.exit(7); }); console.log('ready'); setInterval(() => {}, 1000)",
    );
    await container.printed('ready');
    await stop(container);
    expect(await container.ended).toMatchObject({ code: 7, output: expect.stringContaining('bye') });
  });

  test('is not root, in production, with a root that is read-only', async () => {
    const script = 'console.log(process.getuid(), process.env.NODE_ENV, process.env.npm_package_name, process.cwd())';
    const container = start(script, (config) => (config.root.readonly = true));
    expect(await container.ended).toEqual({ code: 0, output: '1002 production node-web /workspace\n' });
  });

  test("takes three quarters of the container's memory for its heap, or what it is told", async () => {
    const mebibyte = 1024 ** 2;
    const limit = (config: RuntimeConfig): void => {
      config.linux.resources = { memory: { limit: 400 * mebibyte } };
      config.mounts.push({
        destination: '/sys/fs/cgroup',
        type: 'cgroup',
        source: 'cgroup',
        options: ['ro', 'nosuid'],
      });
    };
    const script = `console.log(process.env.NODE_OPTIONS, require('node:v8').getHeapStatistics().heap_size_limit / ${mebibyte})`;
    const { output } = await start(script, limit).ended;
    expect(output).toMatch(/^--max-old-space-size=300 3\d\d(\.\d+)?\n$/);
    const told = start(script, (config) => {
      limit(config);
      config.process.env.push('BPL_NODE_HEAP_PERCENT=50');
    });
    expect((await told.ended).output).toMatch(/^--max-old-space-size=200 2\d\d(\.\d+)?\n$/);
  });
});

test('an application of workspaces ships its closure', async () => {
  const root = join(rig.dir, 'node-workspace');
  cpSync(join(repositoryRoot, 'examples/node-workspace'), root, { recursive: true });
  const files = join(rig.dir, 'workspace-bundle');
  await build(join(root, 'apps/api'), '--source-root', root, '--output', `bundle:${files}`);
  const workspace = join(files, 'rootfs', 'workspace');
  const names = readdirSync(workspace, { recursive: true, encoding: 'utf8' });
  expect(names.filter((name) => !name.includes('node_modules/') && name.split('/').length < 3).toSorted()).toEqual([
    'apps',
    'apps/api',
    'node_modules',
    'package.json',
    'packages',
    'packages/greeting',
  ]);
  const packages = readdirSync(join(workspace, 'node_modules'));
  expect(packages).toContain('fastify');
  expect(packages).not.toContain('typescript');
  expect(packages).not.toContain('express');
  expect(log.indexOf('build (packages/greeting)')).toBeGreaterThan(0);
  expect(log.indexOf('build (packages/greeting)')).toBeLessThan(log.indexOf('build (apps/api)'));
});
