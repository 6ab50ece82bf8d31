import * as openpgp from 'openpgp';

/** A key that signs an archive of a test. */
export interface ArchiveKey {
  /** For `Distribution.keys`. */
  readonly publicKey: Uint8Array;
  /** With which everybody has to be told that it is void. */
  readonly revokedKey: Uint8Array;
  readonly id: string;
  clearSign(text: string, date: Date): Promise<string>;
  detachedSignature(text: string, date: Date): Promise<string>;
}

export interface ArchiveKeyOptions {
  /** @default 2020-01-01 */
  readonly created?: Date;
  /** @default never */
  readonly lifetimeSeconds?: number;
}

export async function newArchiveKey(options: ArchiveKeyOptions = {}): Promise<ArchiveKey> {
  const { created = new Date('2020-01-01T00:00:00Z'), lifetimeSeconds = 0 } = options;
  const { privateKey, publicKey, revocationCertificate } = await openpgp.generateKey({
    userIDs: [{ name: 'Archive of a test', email: 'archive@packages.example' }],
    date: created,
    keyExpirationTime: lifetimeSeconds,
    format: 'object',
  });
  const revoked = await openpgp.revokeKey({ key: publicKey, revocationCertificate, format: 'object' });
  return {
    publicKey: publicKey.write(),
    revokedKey: revoked.publicKey.write(),
    id: publicKey.getKeyID().toHex(),
    clearSign: async (text, date) => {
      const message = await openpgp.createCleartextMessage({ text });
      return await openpgp.sign({ message, signingKeys: privateKey, date });
    },
    detachedSignature: async (text, date) => {
      const message = await openpgp.createMessage({ binary: Buffer.from(text) });
      return await openpgp.sign({ message, signingKeys: privateKey, detached: true, date });
    },
  };
}
