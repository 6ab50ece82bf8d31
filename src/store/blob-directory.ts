import { chmodSync, existsSync, lstatSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Report } from '../events.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import type { Layer } from '../layer/layer.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf, hexOf, parseDigest } from '../oci/digest.ts';
import { isAsVerified, recordVerified } from './blob-record.ts';
import type { Blobs, LayerFacts } from './blobs.ts';
import { receiveBlob } from './receive-blob.ts';
import type { Session } from './sessions.ts';
import { inStore, storeError } from './store-error.ts';
import type { StoreLayout } from './store-layout.ts';
import type { UseTimes } from './use-times.ts';
import { missingBlob, VerifiedFile } from './verified-file.ts';

export interface BlobDirectoryParts {
  readonly layout: StoreLayout;
  readonly session: Session;
  readonly uses: UseTimes;
  readonly report: Report;
}

const hexName = /^[0-9a-f]{64}$/;

/** Blobs as read-only files named after their digest. */
export class BlobDirectory implements Blobs {
  readonly #layout: StoreLayout;
  readonly #session: Session;
  readonly #uses: UseTimes;
  readonly #report: Report;

  constructor({ layout, session, uses, report }: BlobDirectoryParts) {
    this.#layout = layout;
    this.#session = session;
    this.#uses = uses;
    this.#report = report;
  }

  async create(): Promise<{ readonly path: string }> {
    return await inStore(this.#layout.dir, async () => {
      const path = this.#session.temporaryPath();
      await writeFile(path, '', { flag: 'wx', mode: 0o600 });
      return { path };
    });
  }

  async commit(path: string, digest: Digest, sizeBytes: number): Promise<string> {
    return await inStore(this.#layout.dir, async () => {
      await this.#uses.announce(this.#record(digest));
      const blob = this.#path(digest);
      const size = statSync(path).size;
      if (size !== sizeBytes) throw new Error(`The file for blob ${digest} has ${size} bytes, not ${sizeBytes}`);
      if (this.#isWhole(digest, sizeBytes)) rmSync(path);
      else await this.#adopt(path, digest);
      return blob;
    });
  }

  async discard(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  async has(digest: Digest): Promise<boolean> {
    return await inStore(this.#layout.dir, async () => await this.#uses.mark(this.#record(digest), this.#path(digest)));
  }

  async size(digest: Digest): Promise<number | undefined> {
    if (!(await this.has(digest))) return undefined;
    return statSync(this.#path(digest), { throwIfNoEntry: false })?.size;
  }

  async open(digest: Digest): Promise<Readable> {
    if (!(await this.has(digest))) throw missingBlob(digest);
    return new VerifiedFile(this.#path(digest), digest, {
      verified: (stats) => this.#noteVerified(digest, stats),
      corrupt: (stats) => this.#removeCorrupt(digest, stats),
    });
  }

  async read(digest: Digest): Promise<Buffer | undefined> {
    if (!(await this.has(digest))) return undefined;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of await this.open(digest)) chunks.push(chunk);
    } catch (error) {
      if (isBlobError(error)) return undefined;
      throw storeError(error, this.#layout.dir);
    }
    return Buffer.concat(chunks);
  }

  async file(digest: Digest): Promise<string | undefined> {
    if (!(await this.has(digest))) return undefined;
    const blob = this.#path(digest);
    if (isAsVerified(blob, this.#record(digest)) || (await this.verify(digest))) return blob;
    return undefined;
  }

  /** Reads and hashes the blob; false when it is corrupt (it is then removed) or not there. */
  async verify(digest: Digest): Promise<boolean> {
    if (!existsSync(this.#path(digest))) return false;
    try {
      const bytes = await this.open(digest);
      await finished(bytes.resume());
      return true;
    } catch (error) {
      if (isBlobError(error)) return false;
      throw storeError(error, this.#layout.dir);
    }
  }

  async put(expected: Digest, opener: () => Promise<Readable> | Readable): Promise<void> {
    if (await this.has(expected)) return;
    const { path } = await this.create();
    try {
      const sizeBytes = await inStore(this.#layout.dir, async () => await receiveBlob(await opener(), path, expected));
      await this.commit(path, expected, sizeBytes);
    } catch (error) {
      await this.discard(path);
      throw error;
    }
  }

  async putBytes(bytes: Uint8Array): Promise<Digest> {
    const digest = digestOf(bytes);
    if (await this.has(digest)) return digest;
    const { path } = await this.create();
    await inStore(this.#layout.dir, async () => await writeFile(path, bytes));
    await this.commit(path, digest, bytes.length);
    return digest;
  }

  layer(facts: LayerFacts): Layer {
    const blob = this.#path(facts.digest);
    const record = this.#record(facts.digest);
    return {
      ...facts,
      open: async () => await this.open(facts.digest),
      get file(): string | undefined {
        // Asked for without waiting: a file that would have to be hashed first is read through open(), which verifies.
        return isAsVerified(blob, record) ? blob : undefined;
      },
    };
  }

  /** The digests of all blobs. */
  list(): readonly Digest[] {
    return readdirSync(this.#layout.blobs)
      .filter((name) => hexName.test(name))
      .toSorted()
      .map((hex) => parseDigest(`sha256:${hex}`));
  }

  #path(digest: Digest): string {
    return join(this.#layout.blobs, hexOf(digest));
  }

  #record(digest: Digest): string {
    return join(this.#layout.checked, hexOf(digest));
  }

  /** Whether the blob is there as it was verified. A damaged one is replaced by what was just written. */
  #isWhole(digest: Digest, sizeBytes: number): boolean {
    const blob = this.#path(digest);
    return isAsVerified(blob, this.#record(digest)) && statSync(blob, { throwIfNoEntry: false })?.size === sizeBytes;
  }

  /** The bytes are synced before they get their name. The name may be lost with the power: only a named image syncs those too. */
  async #adopt(path: string, digest: Digest): Promise<void> {
    const file = await open(path, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    chmodSync(path, 0o444);
    const stats = lstatSync(path, { bigint: true });
    renameSync(path, this.#path(digest));
    recordVerified(this.#record(digest), stats);
  }

  #noteVerified(digest: Digest, stats: BigIntStats): void {
    if (isAsVerified(this.#path(digest), this.#record(digest))) return;
    try {
      recordVerified(this.#record(digest), stats);
    } catch (error) {
      // The bytes were right; that it cannot be noted only costs the next reader time.
      this.#report({ type: 'debug', message: `Cannot note that blob ${digest} is whole: ${String(error)}` });
    }
  }

  #removeCorrupt(digest: Digest, stats: BigIntStats): void {
    const blob = this.#path(digest);
    // Another build may have put a good one in its place meanwhile.
    if (statSync(blob, { bigint: true, throwIfNoEntry: false })?.ino !== stats.ino) return;
    this.#report({ type: 'warning', message: `Removed blob ${basename(blob)} from the store: it was corrupt` });
    try {
      rmSync(blob, { force: true });
    } catch (error) {
      if (systemErrorCode(error) !== 'EROFS' && systemErrorCode(error) !== 'EACCES') throw error;
    }
  }
}

function isBlobError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'BLOB_CORRUPT';
}
