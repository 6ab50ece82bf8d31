import { chmodSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { removeTree } from '../../src/fs/remove-tree.ts';
import { runAfterFile } from '../after-file.ts';

// Every test file has a temporary directory of its own, so that what it leaves there, itself or through the product, is seen.
// The name is short, because sockets below it have 107 bytes for theirs; the mode is that of /tmp, because tests run programs as others.
const dir = mkdtempSync(join(tmpdir(), 't-'));
chmodSync(dir, 0o1777);
process.env['TMPDIR'] = dir;

// Hooks that a test file adds after this one run before it.
afterAll(async () => {
  await runAfterFile();
  const left = await leftovers();
  await removeTree(dir);
  if (left.length > 0) throw new Error(`Tests leave files in the temporary directory: ${left.join(', ')}`);
});

/** What is still there after two seconds: a program that is just ending may remove its own. */
async function leftovers(): Promise<readonly string[]> {
  for (let waits = 0; waits < 20 && readdirSync(dir).length > 0; waits += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await setTimeout(100);
  }
  return readdirSync(dir);
}
