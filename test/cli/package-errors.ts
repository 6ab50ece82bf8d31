import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTestMirror } from '../debian/mirror.ts';
import type { CliResult } from './cli-rig.ts';
import type { ErrorRig } from './error-rig.ts';

const suites = { trixie: [{ name: 'hello' }], 'trixie-updates': [], 'trixie-security': [] };

export async function withoutPackages(rig: ErrorRig): Promise<CliResult> {
  return await rig.build([rig.app, '--stack', 'base', '--debian-mirror', rig.folder('empty-mirror')]);
}

export async function withStrangePackages(rig: ErrorRig): Promise<CliResult> {
  const { uri } = await makeTestMirror(rig.folder('strange-mirror'), { suites });
  return await rig.build([rig.app, '--stack', 'base', '--debian-mirror', uri]);
}

/** A mirror whose index is older than its packages. */
export async function withMissingPackages(rig: ErrorRig): Promise<CliResult> {
  const { dir, uri, key } = await makeTestMirror(rig.folder('young-mirror'), { suites });
  rmSync(join(dir, 'pool'), { recursive: true });
  return await rig.build([rig.app, '--stack', stackOf(rig, key.publicKey), '--debian-mirror', uri]);
}

/** A stack of one package, whose archive is signed with this key. */
function stackOf(rig: ErrorRig, key: Uint8Array): string {
  const dir = rig.folder('one-package', {
    'stack.toml': `description = "A stack"
[distribution]
id = "debian"
version = "13"
codename = "trixie"
suites = ["trixie"]
keys = ["archive.gpg"]
[run]
from = "packages"
packages = ["hello"]
uid = 1002
gid = 1000
[build]
from = "host"
uid = 1001
gid = 1000
`,
  });
  writeFileSync(join(dir, 'archive.gpg'), key);
  return dir;
}
