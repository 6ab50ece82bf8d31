import type { Report } from '../events.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobDirectory } from './blob-directory.ts';

export interface VerifyResult {
  /** Blobs that were read to the end. */
  readonly checked: number;
  readonly checkedBytes: number;
  /** Those whose bytes were not of their digest; they were removed. */
  readonly corrupt: readonly Digest[];
}

/** Reads and hashes every blob; corrupt ones are removed, so that the next build makes them again. */
export async function verifyBlobs(blobs: BlobDirectory, report: Report): Promise<VerifyResult> {
  const corrupt: Digest[] = [];
  let checked = 0;
  let checkedBytes = 0;
  const progress = (done: boolean): void =>
    report({ type: 'progress', id: 'cache-verify', label: 'Verifying blobs', bytes: checkedBytes, done });
  for (const digest of blobs.list()) {
    const size = await blobs.size(digest);
    if (size === undefined) continue;
    if (!(await blobs.verify(digest))) {
      corrupt.push(digest);
      continue;
    }
    checked += 1;
    checkedBytes += size;
    if (checked % 64 === 0) progress(false);
  }
  progress(true);
  return { checked, checkedBytes, corrupt };
}
