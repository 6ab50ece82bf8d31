import { createHash, createPublicKey, verify } from 'node:crypto';

/** A key that signs notes, as GOSUMDB writes it: `NAME+HASH+KEY`. https://pkg.go.dev/golang.org/x/mod/sumdb/note */
export interface NoteKey {
  readonly name: string;
  /** First four bytes of the SHA-256 of name and key, to find the right signature. */
  readonly hash: Buffer;
  /** 32 bytes of Ed25519. */
  readonly key: Buffer;
}

const ed25519Algorithm = 1;

/** Undefined when the text is no such key, or its hash is another key's. */
export function parseNoteKey(text: string): NoteKey | undefined {
  const [name = '', hashText = '', ...rest] = text.split('+');
  // Base64 has plus signs of its own.
  const bytes = Buffer.from(rest.join('+'), 'base64');
  if (name === '' || !/^[0-9a-f]{8}$/.test(hashText) || bytes.length !== 33 || bytes[0] !== ed25519Algorithm)
    return undefined;
  const hash = createHash('sha256').update(`${name}\n`).update(bytes).digest().subarray(0, 4);
  return hash.toString('hex') === hashText ? { name, hash, key: bytes.subarray(1) } : undefined;
}

/** The text of a signed note, or undefined when this key has not signed it. */
export function openNote(note: string, key: NoteKey): string | undefined {
  const split = note.lastIndexOf('\n\n');
  if (split === -1) return undefined;
  const text = note.slice(0, split + 1);
  const signed = note
    .slice(split + 2)
    .split('\n')
    .some((line) => isSignatureOf(line, text, key));
  return signed ? text : undefined;
}

// The header of a SubjectPublicKeyInfo for Ed25519: https://www.rfc-editor.org/rfc/rfc8410#section-10.1
const spkiHeader = Buffer.from('302a300506032b6570032100', 'hex');

function isSignatureOf(line: string, text: string, { name, hash, key }: NoteKey): boolean {
  const match = /^\u2014 (\S+) (\S+)$/.exec(line);
  if (match === null || match[1] !== name) return false;
  const bytes = Buffer.from(match[2] ?? '', 'base64');
  if (!bytes.subarray(0, 4).equals(hash)) return false;
  const publicKey = createPublicKey({ key: Buffer.concat([spkiHeader, key]), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(text, 'utf8'), publicKey, bytes.subarray(4));
}
