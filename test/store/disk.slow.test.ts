import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { storeUserProgram } from './child-program.ts';
import { temporaryDir } from './temporary-store.ts';

/** Runs a shell script in a mount namespace of its own: as root plainly, else with a user namespace. */
function inMountNamespace(script: string): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const flags = process.getuid?.() === 0 ? ['-m'] : ['-Urm'];
  return spawnSync('unshare', [...flags, 'sh', '-euc', script], { encoding: 'utf8' });
}

test('a store on a full disk says so, keeps nothing half-written and works again when there is room', async () => {
  const dir = temporaryDir();
  const program = await storeUserProgram();
  const { stdout, stderr } = inMountNamespace(`
    mount -t tmpfs -o size=4m none "${dir}"
    node="${process.execPath}"
    "$node" "${program}" put "${dir}/store" 1000000
    "$node" "${program}" put "${dir}/store" 9000000 || echo "status $?"
    find "${dir}/store/v1/tmp" -type f | wc -l
    "$node" "${program}" put "${dir}/store" 1000001
    ls "${dir}/store/v1/blobs/sha256" | wc -l
  `);
  expect(stderr).toMatch(/^DISK_FULL Cannot write to the store ".*": the disk is full\n$/);
  expect(stdout).toBe('stored 1000000\nstatus 1\n0\nstored 1000001\n2\n');
});

test('a store on a read-only file system says so and names --store', async () => {
  const dir = temporaryDir();
  const program = await storeUserProgram();
  mkdirSync(join(dir, 'store'));
  const { status, stderr } = inMountNamespace(`
    "${process.execPath}" "${program}" put "${dir}/store" 10 >/dev/null
    mount --bind "${dir}/store" "${dir}/store"
    mount -o remount,bind,ro "${dir}/store"
    exec "${process.execPath}" "${program}" put "${dir}/store" 11
  `);
  expect(stderr).toBe(`STORE_UNUSABLE Cannot use the store "${dir}/store": the file system is read-only\n`);
  expect(status).toBe(1);
});
