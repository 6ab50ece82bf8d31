import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Writes the declarations of the public API, and of what it imports, into `outdir`/types. */
export async function writeDeclarations(root: string, outdir: string): Promise<void> {
  const types = join(outdir, 'types');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', types], {
    cwd: root,
  });
  for (const entry of await readdir(types, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    await writeFile(file, withJavaScriptExtensions(await readFile(file, 'utf8')));
  }
}

// rewriteRelativeImportExtensions leaves declarations alone, and a consumer has no .ts files.
function withJavaScriptExtensions(text: string): string {
  return text.replaceAll(/((?:from|import\()\s*['"]\.{1,2}\/[^'"]+)\.ts(?=['"])/g, '$1.js');
}
