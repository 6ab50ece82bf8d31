import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { removeTree } from '../../src/fs/remove-tree.ts';

/** A new directory for the test that runs, removed after it. */
export function temporaryDirectory(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `${name}-`));
  onTestFinished(async () => await removeTree(dir));
  return dir;
}
