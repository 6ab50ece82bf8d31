import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildLock } from '../lifecycle/create-request.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { lockFileName, lockFor, parseLock } from './lock-file.ts';

/** The lock of a project, for one platform; undefined when it has none. Throws INVALID_INPUT, LOCK_UNFIT. */
export function readLock(appDir: string, platform: Platform): BuildLock | undefined {
  const file = join(appDir, lockFileName);
  if (!existsSync(file)) return undefined;
  return lockFor(parseLock(readFileSync(file, 'utf8'), file), formatPlatform(platform), lockFileName);
}
