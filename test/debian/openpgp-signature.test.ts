import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkDetachedSignature, clearSignedText } from '../../src/debian/openpgp-signature.ts';
import { repositoryRoot } from '../../scripts/repository-root.ts';

/** Signed by GnuPG with a key that was thrown away. */
const fixture = (name: string): Buffer => readFileSync(join(repositoryRoot, 'test/debian/fixtures/gnupg', name));

const about = {
  keys: [fixture('archive.gpg')],
  now: new Date('2026-01-02T00:00:00Z'),
  address: 'https://mirror.example/debian/dists/trixie',
};

describe('clearSignedText()', () => {
  test('gives the text that GnuPG signed, without its armor', async () => {
    const text = await clearSignedText(fixture('InRelease.sha512').toString('utf8'), about);
    expect(text.trimEnd()).toBe(fixture('Release').toString('utf8').trimEnd());
  });

  test('refuses a signature over a weak hash', async () => {
    await expect(clearSignedText(fixture('InRelease.sha1').toString('utf8'), about)).rejects.toMatchObject({
      code: 'PACKAGES_UNTRUSTED',
      detail: expect.stringMatching(/^key [0-9a-f]{16} \(Archive of a test <archive@packages\.example>\): .*SHA1/),
    });
  });

  test('refuses a signature that is from the future', async () => {
    const early = { ...about, now: new Date('2025-06-01T00:00:00Z') };
    await expect(clearSignedText(fixture('InRelease.sha512').toString('utf8'), early)).rejects.toMatchObject({
      code: 'PACKAGES_UNTRUSTED',
    });
  });

  test('says that there is no key, or that one is none', async () => {
    const text = fixture('InRelease.sha512').toString('utf8');
    await expect(clearSignedText(text, { ...about, keys: [] })).rejects.toMatchObject({
      detail: expect.stringContaining("is none of the stack's"),
    });
    await expect(clearSignedText(text, { ...about, keys: [Buffer.from('no key')] })).rejects.toMatchObject({
      message: expect.stringContaining('one of the keys of the stack is no OpenPGP public key'),
    });
  });
});

describe('checkDetachedSignature()', () => {
  test('takes what GnuPG signed, and not a byte more', async () => {
    const [bytes, signature] = [fixture('Release'), fixture('Release.gpg')];
    await expect(checkDetachedSignature(bytes, signature, about)).resolves.toBeUndefined();
    const longer = Buffer.concat([bytes, Buffer.from('\n')]);
    await expect(checkDetachedSignature(longer, signature, about)).rejects.toMatchObject({
      code: 'PACKAGES_UNTRUSTED',
    });
    await expect(checkDetachedSignature(bytes, Buffer.from('no signature'), about)).rejects.toMatchObject({
      message: expect.stringContaining('its signature is none'),
    });
  });
});
