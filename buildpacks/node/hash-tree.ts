import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A hash over names and contents below a directory, installed packages left out. */
export function hashTree(dir: string): string {
  const hash = createHash('sha256');
  const entries = readdirSync(dir, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(dir, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') hash.update(JSON.stringify([entry.name, hashTree(path)]));
    if (entry.isSymbolicLink()) hash.update(JSON.stringify([entry.name, 'link', readlinkSync(path)]));
    if (entry.isFile())
      hash.update(JSON.stringify([entry.name, createHash('sha256').update(readFileSync(path)).digest('hex')]));
  }
  return hash.digest('hex');
}
