import * as v from 'valibot';
import { parseStored, type DocumentPlace, storedDocument } from './documents.ts';

/** What something that floats was resolved to, and when. How long that counts is the caller's policy. */
export interface Resolution {
  readonly value: string;
  readonly at: Date;
}

export interface Resolutions {
  get(name: string): Promise<Resolution | undefined>;
  set(name: string, value: string): Promise<void>;
}

const schema = v.object({ name: v.string(), value: v.string(), at: v.pipe(v.string(), v.isoTimestamp()) });

export function resolutionsIn(place: DocumentPlace): Resolutions {
  return {
    async get(name): Promise<Resolution | undefined> {
      const found = v.safeParse(schema, parseStored(await storedDocument(`resolution ${name}`, place).read()));
      if (!found.success || found.output.name !== name) return undefined;
      return { value: found.output.value, at: new Date(found.output.at) };
    },
    async set(name, value): Promise<void> {
      await storedDocument(`resolution ${name}`, place).write(
        `${JSON.stringify({ name, value, at: place.now().toISOString() })}\n`,
      );
    },
  };
}
