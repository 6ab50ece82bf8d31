import { readdirSync } from 'node:fs';
import * as v from 'valibot';
import type { Digest } from '../oci/digest.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseStored, type DocumentPlace, storedDocument, trimDocuments } from './documents.ts';

/** What a build with the same key made. */
export interface BuildRecord {
  /** Of the image's manifest. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** What the caller wants to know of it again: any text. */
  readonly facts: string;
}

/** Remembers builds by a key over all that decides about them, so that an unchanged one can be skipped whole. */
export interface BuildRecords {
  /** True when nothing can be found: then no key is worth making. */
  isEmpty(): boolean;
  /** Its image may still be gone: see `images.open`. */
  lookup(key: string): Promise<BuildRecord | undefined>;
  record(key: string, build: BuildRecord): Promise<void>;
}

/** Every change of a source leaves a record of its build and of its layers behind. */
const mostDocuments = 400;

const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/), v.transform(parseDigest));
const schema = v.object({ key: v.string(), digest, mediaType: v.string(), facts: v.string() });

export function buildRecordsIn(place: DocumentPlace): BuildRecords {
  return {
    // Other documents of the scope come with its first build too.
    isEmpty: () => readdirSync(place.dir).length === 0,
    async lookup(key): Promise<BuildRecord | undefined> {
      const found = v.safeParse(schema, parseStored(await storedDocument(`build ${key}`, place).read()));
      if (!found.success || found.output.key !== key) return undefined;
      return { digest: found.output.digest, mediaType: found.output.mediaType, facts: found.output.facts };
    },
    async record(key, { digest: image, mediaType, facts }): Promise<void> {
      await storedDocument(`build ${key}`, place).write(
        `${JSON.stringify({ key, digest: image, mediaType, facts })}\n`,
      );
      trimDocuments(place.dir, mostDocuments);
    },
  };
}
