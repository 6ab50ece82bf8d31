import * as v from 'valibot';
import type { MadeBlockRecord } from '../layer/previous-layer.ts';
import type { Digest } from '../oci/digest.ts';
import { parseDigest } from '../oci/digest.ts';
import type { Blobs } from './blobs.ts';
import { parseStored, type DocumentPlace, storedDocument } from './documents.ts';

/** What a list of files became when it was packed. */
export interface LayerRecord {
  readonly diffId: Digest;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Of the bytes as stored. */
  readonly sizeBytes: number;
  /** The blocks that it was made of, and what compressed them. */
  readonly blocks?: { readonly madeBy: string; readonly list: readonly MadeBlockRecord[] } | undefined;
}

/** Which blob a list of files became: `key` is a hash over the entry list's fingerprint and the compressor's id. */
export interface LayerRecords {
  /** Undefined when it was never made, or its blob is gone. The blob is then safe from a prune, as after `blobs.has`. */
  lookup(key: string): Promise<LayerRecord | undefined>;
  remember(key: string, layer: LayerRecord): Promise<void>;
}

const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/), v.transform(parseDigest));
const block = v.object({ hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), sizeBytes: v.number() });
const blocks = v.object({ madeBy: v.string(), list: v.array(block) });
const schema = v.object({
  key: v.string(),
  diffId: digest,
  digest,
  mediaType: v.string(),
  sizeBytes: v.number(),
  blocks: v.optional(blocks),
});

export function layerRecordsIn(place: DocumentPlace, blobs: Blobs): LayerRecords {
  return {
    async lookup(key): Promise<LayerRecord | undefined> {
      const found = v.safeParse(schema, parseStored(await storedDocument(`layer ${key}`, place).read()));
      if (!found.success || found.output.key !== key) return undefined;
      const { key: _key, ...record } = found.output;
      if ((await blobs.size(record.digest)) !== record.sizeBytes) return undefined;
      return record;
    },
    async remember(key, { diffId, digest: blob, mediaType, sizeBytes, blocks: made }): Promise<void> {
      const document = { key, diffId, digest: blob, mediaType, sizeBytes, ...(made && { blocks: made }) };
      await storedDocument(`layer ${key}`, place).write(`${JSON.stringify(document)}\n`);
    },
  };
}
