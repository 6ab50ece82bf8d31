import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../fs/atomic-file.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import { inStore } from './store-error.ts';

/** A small document that only saves time: it may be gone at any moment. */
export interface StoredDocument {
  /** Undefined when it was never written, or is gone. */
  read(): Promise<Buffer | undefined>;
  /** Readers see the old bytes or the new, never a mixture. */
  write(bytes: Uint8Array | string): Promise<void>;
  remove(): Promise<void>;
}

export interface DocumentPlace {
  /** Of the store, for messages. */
  readonly store: string;
  readonly dir: string;
  readonly now: () => Date;
}

/** The document of that name in a directory; any text is a name. Its modification time is when it was last used. */
export function storedDocument(name: string, { store, dir, now }: DocumentPlace): StoredDocument {
  const path = join(dir, documentFile(name));
  return {
    read: async () => await inStore(store, async () => readAndTouch(path, now())),
    write: async (bytes) => {
      await inStore(store, async () => {
        await writeFileAtomic(path, bytes);
        utimesSync(path, now(), now());
      });
    },
    remove: async () => await inStore(store, async () => await rm(path, { force: true })),
  };
}

/** A file name for any text. */
export function documentFile(name: string): string {
  return `${hashOf(name)}.json`;
}

/** 64 hex digits for any text. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function readAndTouch(path: string, now: Date): Buffer | undefined {
  try {
    const bytes = readFileSync(path);
    // Not at every use: who wants to know asks for days.
    if (Math.abs(now.getTime() - statSync(path).mtimeMs) > 60_000) utimesSync(path, now, now);
    return bytes;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes the documents that were used longest ago until no more than `most` are left. */
export function trimDocuments(dir: string, most: number): void {
  const names = readdirSync(dir);
  // Not at every call: a quarter more than that may gather.
  if (names.length <= most * 1.25) return;
  const used = names.map((name) => {
    const path = join(dir, name);
    return { path, atMs: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  for (const { path } of used.toSorted((a, b) => b.atMs - a.atMs).slice(most)) rmSync(path, { force: true });
}

/** What a JSON text says, or undefined when it is none: a document that was cut short counts as absent. */
export function parseStored(bytes: Buffer | undefined): unknown {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
