import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { sharedDirectory } from '../temporary-directory.ts';
import { prebuiltLauncher } from './run-launcher.ts';

const folder = sharedDirectory('tsbuildpack-heap');
const program = join(folder, 'options');
let count = 0;

beforeAll(() => {
  const source = join(folder, 'options.c');
  writeFileSync(
    source,
    '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { const char *o = getenv("NODE_OPTIONS"); puts(o ? o : "none"); }\n',
  );
  execFileSync('cc', ['-static', '-o', program, source]);
});

type Files = Readonly<Record<string, string>>;

/** NODE_OPTIONS of a program behind the init, in a root directory with these files of the kernel's. */
function options(files: Files, env: Readonly<Record<string, string>> = { BPL_NODE_HEAP_PERCENT: '75' }): string {
  const root = join(folder, `root-${count++}`);
  mkdirSync(join(root, 'dev'), { recursive: true });
  writeFileSync(join(root, 'dev/null'), '');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  copyFileSync(prebuiltLauncher().file, join(root, 'tsbuildpack-init'));
  copyFileSync(program, join(root, 'options'));
  const inRoot = ['chroot', root, '/tsbuildpack-init', '/options'];
  const [command = '', ...args] = process.getuid?.() === 0 ? inRoot : ['unshare', '--map-root-user', ...inRoot];
  const { stdout, stderr } = spawnSync(command, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
  });
  return (stderr + stdout).trim();
}

const mebibyte = 1024 ** 2;
const limit = String(512 * mebibyte);
const unlimited = { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': 'max\n' };

test.each([
  {
    name: 'cgroup 2, as the root that a container sees',
    files: { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': `${limit}\n` },
    is: '--max-old-space-size=384',
  },
  {
    name: 'cgroup 2, where a group above has less',
    files: {
      'proc/self/cgroup': '0::/a/b\n',
      'sys/fs/cgroup/a/memory.max': `${limit}\n`,
      'sys/fs/cgroup/a/b/memory.max': 'max\n',
    },
    is: '--max-old-space-size=384',
  },
  {
    name: 'cgroup 2, a path outside of the container',
    files: { 'proc/self/cgroup': '0::/../x\n', 'sys/fs/cgroup/memory.max': limit },
    is: '--max-old-space-size=384',
  },
  {
    name: 'cgroup 1',
    files: {
      'proc/self/cgroup': '5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n0::/\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': `${limit}\n`,
    },
    is: '--max-old-space-size=384',
  },
  { name: 'no limit', files: unlimited, is: 'none' },
  {
    name: 'cgroup 1 without a limit',
    files: {
      'proc/self/cgroup': '4:memory:/\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    },
    is: 'none',
  },
  {
    name: 'a limit beyond what the machine has',
    files: { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': String(totalmem() + mebibyte) },
    is: 'none',
  },
  { name: 'no control groups in sight', files: {}, is: 'none' },
  { name: 'a malformed file', files: { 'proc/self/cgroup': `x\n::\n0:\n${'y'.repeat(9000)}` }, is: 'none' },
])('tsbuildpack-init follows the memory limit: $name', ({ files, is }) => {
  expect(options(files)).toBe(is);
});

const limited = { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': limit };

test('tsbuildpack-init keeps what NODE_OPTIONS holds, and leaves a heap that somebody chose', () => {
  const percent = { BPL_NODE_HEAP_PERCENT: '50' };
  expect(options(limited, { ...percent, NODE_OPTIONS: '--trace-warnings' })).toBe(
    '--trace-warnings --max-old-space-size=256',
  );
  for (const chosen of ['--max-old-space-size=99', '--max_old_space_size=99']) {
    expect(options(limited, { ...percent, NODE_OPTIONS: chosen })).toBe(chosen);
  }
});

test('tsbuildpack-init sets no heap unless it is told to', () => {
  for (const env of [{}, { BPL_NODE_HEAP_PERCENT: '' }, { BPL_NODE_HEAP_PERCENT: '0' }]) {
    expect(options(limited, env)).toBe('none');
  }
  for (const value of ['101', '-1', '5x', ' 7']) {
    expect(options(limited, { BPL_NODE_HEAP_PERCENT: value })).toBe(
      'tsbuildpack-init: BPL_NODE_HEAP_PERCENT is ignored: it must be a percentage from 1 to 100, or 0\nnone',
    );
  }
});
