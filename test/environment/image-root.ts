import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A root file system as somebody may have unpacked it: one static program that is everything, and two accounts. */
export function makeImageRoot(root: string): void {
  for (const dir of ['bin', 'etc', 'usr/bin', 'home/builder', 'tmp']) mkdirSync(join(root, dir), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin', 'busybox'));
  chmodSync(join(root, 'bin', 'busybox'), 0o755);
  const applets = ['sh', 'cat', 'ls', 'id', 'pwd', 'sleep', 'stat', 'touch', 'true', 'mkdir', 'grep', 'hostname', 'ip'];
  for (const name of applets) symlinkSync('busybox', join(root, 'bin', name));
  symlinkSync('/bin/busybox', join(root, 'usr', 'bin', 'env'));
  writeFileSync(join(root, 'etc', 'passwd'), 'root:x:0:0::/root:/bin/sh\nbuilder:x:1234:4321::/home/builder:/bin/sh\n');
  writeFileSync(join(root, 'etc', 'group'), 'root:x:0:\nbuilder:x:4321:\n');
  writeFileSync(join(root, 'etc', 'image'), 'the image\n');
}
