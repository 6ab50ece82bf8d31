import type * as OpenPgp from 'openpgp';
import { TsbuildpackError } from '../errors.ts';

type Library = typeof OpenPgp;

export interface SignatureOptions {
  /** Each one or more keys, armored or binary. */
  readonly keys: readonly Uint8Array[];
  readonly now: Date;
  /** For messages. */
  readonly address: string;
}

/** The text of a clear-signed document (RFC 9580, section 7), of which one signature at least is by one of the keys. Throws PACKAGES_UNTRUSTED. */
export async function clearSignedText(document: string, options: SignatureOptions): Promise<string> {
  // What stands around it is signed by nobody. Nothing would read it; that it is there says that somebody meddled.
  if (!/^-----BEGIN PGP SIGNED MESSAGE-----\n[\s\S]*\n-----END PGP SIGNATURE-----\s*$/.test(document)) {
    throw untrusted(options, 'it is no signed text', {});
  }
  const library = await import('openpgp');
  const keys = await readKeys(library, options);
  const message = await library
    .readCleartextMessage({ cleartextMessage: document })
    .catch((error: unknown) => Promise.reject(untrusted(options, 'it is no signed text', { cause: error })));
  const { signatures } = await library.verify({
    message,
    verificationKeys: [...keys],
    date: options.now,
    config,
  });
  await demandOne(signatures, keys, options);
  return message.getText();
}

/** Throws PACKAGES_UNTRUSTED unless one signature at least of the bytes is by one of the keys. */
export async function checkDetachedSignature(
  bytes: Uint8Array,
  signature: Uint8Array,
  options: SignatureOptions,
): Promise<void> {
  const library = await import('openpgp');
  const keys = await readKeys(library, options);
  const parsed = await readSignature(library, signature).catch((error: unknown) =>
    Promise.reject(untrusted(options, 'its signature is none', { cause: error })),
  );
  const { signatures } = await library.verify({
    message: await library.createMessage({ binary: bytes }),
    signature: parsed,
    verificationKeys: [...keys],
    date: options.now,
    config,
  });
  await demandOne(signatures, keys, options);
}

/** What Debian's own archives are signed with is far above: 4096 bits, SHA-256 and better. */
const config: OpenPgp.PartialConfig = { minRSABits: 2048 };

function isArmored(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1 << 12)).includes('-----BEGIN PGP');
}

async function readSignature(library: Library, bytes: Uint8Array): Promise<OpenPgp.Signature> {
  return isArmored(bytes)
    ? await library.readSignature({ armoredSignature: Buffer.from(bytes).toString('latin1') })
    : await library.readSignature({ binarySignature: bytes });
}

async function readKeys(library: Library, options: SignatureOptions): Promise<readonly OpenPgp.Key[]> {
  const lists = options.keys.map(async (bytes) =>
    isArmored(bytes)
      ? await library.readKeys({ armoredKeys: Buffer.from(bytes).toString('latin1') })
      : await library.readKeys({ binaryKeys: bytes }),
  );
  try {
    return (await Promise.all(lists)).flat();
  } catch (error) {
    throw untrusted(options, 'one of the keys of the stack is no OpenPGP public key', { cause: error });
  }
}

async function demandOne(
  signatures: readonly OpenPgp.VerifyMessageResult['signatures'][number][],
  keys: readonly OpenPgp.Key[],
  options: SignatureOptions,
): Promise<void> {
  const refusals: string[] = [];
  for (const signature of signatures) {
    const refusal = await refusalOf(signature, keys, options.now);
    if (refusal === undefined) return;
    refusals.push(refusal);
  }
  throw untrusted(options, refusals.length === 0 ? 'it has no signature' : 'none of its signatures is to be trusted', {
    detail: refusals.join('\n'),
    hint: "The mirror serves another archive, or the keys of the stack are out of date: its stack.toml names them, and the distribution's archive keyring has the current ones",
  });
}

/** Undefined when the signature is good. A key has to be good now, not only when it signed: else a stolen old one would do. */
async function refusalOf(
  { keyID, verified }: OpenPgp.VerifyMessageResult['signatures'][number],
  keys: readonly OpenPgp.Key[],
  now: Date,
): Promise<string | undefined> {
  const id = keyID.toHex();
  const key = keys.find((candidate) => candidate.getKeys(keyID).length > 0);
  if (key === undefined) return `key ${id} is none of the stack's`;
  const name = `key ${id} (${key.getUserIDs()[0] ?? 'without a name'})`;
  if (await key.isRevoked(undefined, undefined, now)) return `${name} is revoked`;
  const expires = await key.getExpirationTime();
  if (expires instanceof Date && expires.getTime() <= now.getTime()) {
    return `${name} expired on ${expires.toISOString().slice(0, 10)}`;
  }
  try {
    // Also of a subkey.
    await key.getSigningKey(keyID, now);
    await verified;
    return undefined;
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function untrusted(
  { address }: SignatureOptions,
  why: string,
  more: { readonly hint?: string; readonly detail?: string; readonly cause?: unknown },
): TsbuildpackError {
  return new TsbuildpackError('PACKAGES_UNTRUSTED', `Cannot trust the Release file of ${address}: ${why}`, more);
}
