import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { removeTree } from '../src/fs/remove-tree.ts';
import { systemErrorCode } from '../src/fs/system-error.ts';
import { afterFile } from './after-file.ts';

/** A new directory for the test that runs, removed after it, whatever modes a build gave what is in it. */
export function temporaryDirectory(name: string): string {
  const dir = newDirectory(name);
  onTestFinished(async () => {
    await removeTree(dir).catch(refuseAllBut('ENOTEMPTY'));
  });
  // Once more: what go starts for its telemetry outlives it, and writes into the home that it had.
  afterFile(async () => await removeTree(dir));
  return dir;
}

/** A new directory for all tests of a file, removed after the last of them. */
export function sharedDirectory(name: string): string {
  const dir = newDirectory(name);
  afterFile(async () => await removeTree(dir));
  return dir;
}

function refuseAllBut(code: string): (error: unknown) => void {
  return (error) => {
    if (systemErrorCode(error) !== code) throw error;
  };
}

function newDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `${name}-`));
}
