import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleConfig } from './bundle-config.ts';
import { findIdMapping } from './id-mapping.ts';
import type { RuntimeAttempt } from './oci-runtime.ts';
import { findRuntime } from './oci-runtime.ts';
import { removeOwnedTree } from './remove-owned-tree.ts';

/** Which OCI runtimes are here and whether they work, up to the first that does. */
export async function tryRuntimes(signal?: AbortSignal): Promise<readonly RuntimeAttempt[]> {
  const dir = mkdtempSync(join(tmpdir(), 'tsb-'));
  const image = {
    architecture: '',
    os: 'linux',
    config: { Cmd: ['/'] },
    rootfs: { type: 'layers', diff_ids: [] },
  } as const;
  try {
    const spec = bundleConfig(image, { user: { uid: 0, gid: 0, home: '/' }, ids: findIdMapping() });
    const { attempts } = await findRuntime(spec, { dir, signal });
    return attempts;
  } finally {
    await removeOwnedTree(dir);
  }
}
