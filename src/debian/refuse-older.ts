import { TsbuildpackError } from '../errors.ts';

/** A small document that may be gone at any moment. */
export interface SeenDocument {
  read(): Promise<Uint8Array | undefined>;
  write(text: string): Promise<void>;
}

export interface SeenSuite {
  readonly suite: string;
  /** Of the mirror, for messages. */
  readonly address: string;
  /** When the suite was made. */
  readonly date: Date;
}

/**
 * Throws MIRROR_OUT_OF_SYNC when a mirror answers with an older state of a suite than it has before: it is signed, too, and would bring back
 * what a security update has mended.
 */
export async function refuseOlder(document: SeenDocument, { suite, address, date }: SeenSuite): Promise<void> {
  const before = new Date(Buffer.from((await document.read()) ?? []).toString('utf8'));
  if (!Number.isNaN(before.getTime()) && date.getTime() < before.getTime()) {
    throw new TsbuildpackError(
      'MIRROR_OUT_OF_SYNC',
      `Cannot use the packages of ${suite} from ${address}: they are of ${date.toISOString()}, and were of ${before.toISOString()} before`,
      {
        hint: 'Several servers that are not updated together may answer under that name: try again later, or name another mirror with --debian-mirror',
      },
    );
  }
  if (before.getTime() !== date.getTime()) await document.write(date.toISOString());
}
