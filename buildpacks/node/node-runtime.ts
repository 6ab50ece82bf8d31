import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { NodeSource } from './node-releases.ts';
import { nodeArch } from './node-releases.ts';
import type { OpenAddress } from './open-address.ts';
import { downloadTarball } from './verified-download.ts';

/** Where a Node distribution is: `bin/node`, `include/node` with its headers, LICENSE. */
export interface NodeDirectory {
  readonly version: string;
  /** Host path; the same path for children that may read it. */
  readonly dir: string;
}

/** A Node for a processor, from the store or fetched into it. Throws TOOLCHAIN_UNAVAILABLE, NETWORK_UNAVAILABLE. */
export async function provideNode(
  context: Pick<BuiltinBuildContext, 'toolchain' | 'tmpDir' | 'report' | 'signal'>,
  { version, arch }: { readonly version: string; readonly arch: string },
  { source, open }: { readonly source: NodeSource; readonly open: OpenAddress },
): Promise<NodeDirectory> {
  const platform = `linux-${nodeArch(arch)}`;
  const dir = await context.toolchain(`node-${version}-${platform}-${source.key}`, async (into) => {
    const release = await source.find(version, arch);
    if (release === undefined) {
      throw new TsbuildpackError(
        'TOOLCHAIN_UNAVAILABLE',
        `Cannot get Node ${version} for ${platform}: ${source.name} does not have it`,
        {
          hint: 'Ask for another version, or set BP_NODE_MIRROR to a mirror that has it',
        },
      );
    }
    const label = `Node ${version} for ${platform}`;
    await downloadTarball(context, { label, url: release.tarball, integrity: release.integrity }, { open, dir: into });
    for (const name of ['share', 'CHANGELOG.md', 'README.md', 'lib', 'bin/npm', 'bin/npx', 'bin/corepack']) {
      await rm(join(into, name), { recursive: true, force: true });
    }
  });
  return { version, dir };
}
