import { createHash } from 'node:crypto';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { listVersions } from './npm-registry.ts';
import type { NpmSettings } from './npm-settings.ts';
import type { OpenAddress } from './open-address.ts';
import { downloadTarball } from './verified-download.ts';

export interface ProvideNpmOptions {
  readonly version: string;
  /** `sha512.<hex>` from `packageManager`: what its archive has to be, whatever the registry says. */
  readonly hash: string | undefined;
  readonly settings: NpmSettings;
  readonly open: OpenAddress;
}

/**
 * npm in a directory of the store, with `bin/npm` and `bin/npx` for PATH: from its own package, since the packages of Node hold none. Returns
 * its host path. Throws TOOLCHAIN_UNAVAILABLE, NETWORK_UNAVAILABLE.
 */
export async function provideNpm(
  context: Pick<BuiltinBuildContext, 'toolchain' | 'tmpDir' | 'report' | 'signal'>,
  { version, hash, settings, open }: ProvideNpmOptions,
): Promise<string> {
  const from = createHash('sha256')
    .update(`${settings.registry?.url ?? ''} ${hash ?? ''}`)
    .digest('hex')
    .slice(0, 12);
  const key = `npm-${version}-${from}`;
  return await context.toolchain(key, async (dir) => {
    const release = (await listVersions('npm', { settings, open })).find((one) => one.version === version);
    if (release === undefined)
      throw new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot get npm ${version}: the registry does not have it`);
    const integrity = hash === undefined ? release.integrity : integrityOf(hash);
    await mkdir(join(dir, 'package'));
    await downloadTarball(
      context,
      { label: `npm ${version}`, url: release.tarball, integrity },
      { open, dir: join(dir, 'package') },
    );
    await mkdir(join(dir, 'bin'));
    for (const name of ['npm', 'npx']) await symlink(`../package/bin/${name}-cli.js`, join(dir, 'bin', name));
  });
}

/** Corepack writes `sha512.<hex>`, npm `sha512-<base64>`. */
function integrityOf(hash: string): string {
  const [, algorithm, hex] = /^(sha(?:1|256|384|512))\.([0-9a-f]+)$/i.exec(hash) ?? [];
  if (algorithm === undefined || hex === undefined) {
    throw new TsbuildpackError(
      'INVALID_INPUT',
      `Cannot check npm: "${hash.slice(0, 40)}" of packageManager is no hash`,
      {
        hint: 'Write it as npm@VERSION+sha512.HEX, or leave the hash out',
      },
    );
  }
  return `${algorithm.toLowerCase()}-${Buffer.from(hex, 'hex').toString('base64')}`;
}
