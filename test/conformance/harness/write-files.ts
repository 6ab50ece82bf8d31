import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileSpec } from './scenario.ts';

/** Writes files into a directory; `null` removes what is there. Directories last, so that one without write permission can be filled. */
export function writeFiles(root: string, files: Readonly<Record<string, FileSpec | null>>): void {
  for (const [name, spec] of Object.entries(files)) {
    const path = join(root, name);
    if (spec === null) rmSync(path, { recursive: true, force: true });
    else writeSpec(path, spec);
  }
}

function writeSpec(path: string, spec: FileSpec): void {
  mkdirSync(dirname(path), { recursive: true });
  const { content = '', mode, link, directory } = typeof spec === 'string' ? { content: spec } : spec;
  if (link !== undefined) {
    symlinkSync(link, path);
    return;
  }
  if (directory) mkdirSync(path, { recursive: true });
  else {
    if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path, { recursive: true });
    writeFileSync(path, content);
  }
  chmodSync(path, mode ?? (directory || content.startsWith('#!') ? 0o755 : 0o644));
}
