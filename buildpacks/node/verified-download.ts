import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { extractTar, saveDownload, TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { OpenAddress } from './open-address.ts';

export interface Download {
  /** For people: `Node 24.1.0 for linux-x64`. */
  readonly label: string;
  readonly url: string;
  /** `sha512-…`; of several the strongest counts. */
  readonly integrity: string;
}

/**
 * Fetches a .tar.gz, compares its hash and only then unpacks it into an empty directory, without the one folder that everything in it lies
 * in. Throws TOOLCHAIN_UNAVAILABLE; nothing of it stays then.
 */
export async function downloadTarball(
  { tmpDir, report, signal }: Pick<BuiltinBuildContext, 'tmpDir' | 'report' | 'signal'>,
  { label, url, integrity }: Download,
  { open, dir }: { readonly open: OpenAddress; readonly dir: string },
): Promise<void> {
  const body = await open(url);
  if (body === undefined) {
    const where = new URL(url).host;
    throw new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot get ${label}: ${where} lists it and does not have it`);
  }
  const file = join(tmpDir, `${createHash('sha256').update(url).digest('hex').slice(0, 16)}.tgz`);
  const unpacked = join(dir, '.unpacked');
  try {
    await saveDownload(body, file, { report, label });
    await compare(file, { label, url, integrity });
    await mkdir(unpacked);
    await extractTar(createReadStream(file), unpacked, { signal });
    const [root, ...others] = await readdir(unpacked);
    if (root === undefined || others.length > 0)
      throw new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot unpack ${label}: it is no package`);
    for (const name of await readdir(join(unpacked, root))) await rename(join(unpacked, root, name), join(dir, name));
  } finally {
    await rm(file, { force: true });
    await rm(unpacked, { recursive: true, force: true });
  }
}

/** Weakest last: what is in SHASUMS256.txt, in packages of today and in those before 2017. */
const algorithms = ['sha512', 'sha384', 'sha256', 'sha1'] as const;

async function compare(file: string, { label, url, integrity }: Download): Promise<void> {
  const sums = integrity.split(/\s+/).map((part) => part.split('?')[0] ?? '');
  const algorithm = algorithms.find((name) => sums.some((sum) => sum.startsWith(`${name}-`)));
  if (algorithm === undefined)
    throw new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot check ${label}: "${integrity}" is no hash`);
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  const found = `${algorithm}-${hash.digest('base64')}`;
  if (sums.includes(found)) return;
  throw new TsbuildpackError(
    'TOOLCHAIN_UNAVAILABLE',
    `Cannot use ${label} from ${new URL(url).host}: it is not what was announced`,
    {
      detail: `found ${found}, wanted ${sums.filter((sum) => sum.startsWith(`${algorithm}-`)).join(' or ')}`,
      hint: 'Somebody changed it on the way, or a mirror is broken: try again, or use another registry',
    },
  );
}
