import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { TsbuildpackError } from '../errors.ts';
import { systemErrorCode } from '../fs/system-error.ts';

/** Opens an address of an archive; undefined when nothing is there. Throws NETWORK_UNAVAILABLE, PACKAGES_UNAVAILABLE. */
export type OpenFile = (address: string) => Promise<Readable | undefined>;

/** `file:` and `copy:`, which apt tells apart and we do not, are read here; all else by `openRemote`. */
export function openFileOr(openRemote: OpenFile): OpenFile {
  return async (address) => {
    if (!/^(?:file|copy):/.test(address)) return await openRemote(address);
    const path = filePath(address);
    try {
      if (!statSync(path).isFile()) return undefined;
      return createReadStream(path, { highWaterMark: 1 << 18 });
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
      throw new TsbuildpackError('PACKAGES_UNAVAILABLE', `Cannot read "${path}"`, { cause: error });
    }
  };
}

/** apt also takes `file:/srv/mirror`. */
function filePath(address: string): string {
  const url = new URL(address.replace(/^copy:/, 'file:'));
  url.hostname = '';
  return fileURLToPath(url);
}
