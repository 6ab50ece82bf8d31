import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** A checksum database in memory: records, the tree over them, and its signature. https://go.dev/ref/mod#checksum-database */
export interface ChecksumLog {
  /** As GOSUMDB writes it. */
  readonly verifierKey: string;
  /** What a path under `/sumdb/NAME/` answers; undefined: 404. */
  answer(path: string): Buffer | undefined;
}

const sha256 = (...parts: readonly Buffer[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** `records` are the texts of the log; `modules` maps `path@version` to the number of its record. */
export function checksumLog(
  records: readonly string[],
  { name = 'sum.example', modules }: { readonly name?: string; readonly modules: ReadonlyMap<string, number> },
): ChecksumLog {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.concat([Buffer.of(1), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
  const keyHash = sha256(Buffer.from(`${name}\n`), raw).subarray(0, 4);
  const leaves = records.map((record) => sha256(Buffer.of(0), Buffer.from(record)));
  const head = `go.sum database tree\n${records.length}\n${treeHash(leaves).toString('base64')}\n`;
  const signature = Buffer.concat([keyHash, sign(null, Buffer.from(head), privateKey)]).toString('base64');
  const note = `${head}\n\u2014 ${name} ${signature}\n`;
  return {
    verifierKey: `${name}+${keyHash.toString('hex')}+${raw.toString('base64')}`,
    answer: (path) => {
      if (path === 'supported') return Buffer.alloc(0);
      if (path === 'latest') return Buffer.from(note);
      const number = path.startsWith('lookup/') ? modules.get(path.slice('lookup/'.length)) : undefined;
      if (number !== undefined) return Buffer.from(`${number}\n${records[number]}\n${note}`);
      return path.startsWith('tile/') ? tile(path, leaves) : undefined;
    },
  };
}

/** RFC 6962, written down as it stands there and slow: not the code that is tested. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.of(1), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

function tile(path: string, leaves: readonly Buffer[]): Buffer | undefined {
  const match = /^tile\/8\/(\d+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path);
  if (match === null) return undefined;
  const per = 256 ** Number(match[1]);
  const index = Number(match[2]!.replaceAll(/[x/]/g, ''));
  const width = match[3] === undefined ? 256 : Number(match[3]);
  const rows = Array.from({ length: width }, (_, row) => (index * 256 + row) * per);
  if (rows.some((first) => first + per > leaves.length)) return undefined;
  return Buffer.concat(rows.map((first) => treeHash(leaves.slice(first, first + per))));
}
