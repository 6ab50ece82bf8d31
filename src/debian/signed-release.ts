import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import type { OpenFile } from './open-file.ts';
import { checkDetachedSignature, clearSignedText } from './openpgp-signature.ts';
import type { Release } from './release-file.ts';
import { checkRelease, parseRelease } from './release-file.ts';
import { shownAddress } from './shown-address.ts';

export interface ReadReleaseOptions {
  readonly suite: string;
  readonly architecture: string;
  readonly keys: readonly Uint8Array[];
  readonly open: OpenFile;
  readonly now: () => Date;
}

/** A Release file that may be trusted. */
export interface TrustedRelease extends Release {
  /** Of the file that holds the signed text, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads the Release file in a directory of suites (`…/dists/trixie`). Throws PACKAGES_UNTRUSTED unless it is signed by one of the keys and
 * that of the suite, now; PACKAGES_UNAVAILABLE when there is none.
 */
export async function readRelease(dir: string, options: ReadReleaseOptions): Promise<TrustedRelease> {
  const { suite, architecture, now } = options;
  const address = shownAddress(dir);
  const { text, bytes } = await signedRelease(dir, options);
  const release = parseRelease(text, address);
  checkRelease(release, { suite, architecture, now: now(), address });
  return { ...release, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Most bytes of a Release file: Debian's are 150 KB. */
const maxReleaseBytes = 16 << 20;

interface SignedRelease {
  /** The part that is signed. */
  readonly text: string;
  readonly bytes: Buffer;
}

async function signedRelease(dir: string, { keys, open, now }: ReadReleaseOptions): Promise<SignedRelease> {
  const about = { keys, now: now(), address: shownAddress(dir) };
  const inline = await readSmall(await open(`${dir}/InRelease`), maxReleaseBytes, about.address);
  if (inline !== undefined) return { text: await clearSignedText(inline.toString('utf8'), about), bytes: inline };
  const [bytes, signature] = await Promise.all(
    ['Release', 'Release.gpg'].map(async (name) =>
      readSmall(await open(`${dir}/${name}`), maxReleaseBytes, about.address),
    ),
  );
  if (bytes === undefined) throw noSuite(about.address);
  if (signature === undefined) {
    throw new TsbuildpackError(
      'PACKAGES_UNTRUSTED',
      `Cannot trust the Release file of ${about.address}: it is not signed`,
    );
  }
  await checkDetachedSignature(bytes, signature, about);
  return { text: bytes.toString('utf8'), bytes };
}

function noSuite(address: string): TsbuildpackError {
  return new TsbuildpackError('PACKAGES_UNAVAILABLE', `Cannot find packages at ${address}: there is no Release file`, {
    hint: 'Name a mirror that has this suite with --debian-mirror',
  });
}

async function readSmall(body: Readable | undefined, limitBytes: number, address: string): Promise<Buffer | undefined> {
  if (body === undefined) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new TsbuildpackError(
        'PACKAGES_UNTRUSTED',
        `Cannot read a file of ${address}: it has more than ${limitBytes} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
