import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of this package, where `stacks/` and `launcher/prebuilt/` are. Walks up from `from`, because the code runs
 * from `src/`, from `dist/` and from `dist/chunks/`.
 */
export function packageRoot(from: string = import.meta.url): string {
  let folder = dirname(fileURLToPath(from));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No package.json above ${fileURLToPath(from)}`);
    folder = parent;
  }
  return folder;
}

/** The version of the tool, which is also that of its built-in buildpacks. */
export function packageVersion(root: string = packageRoot()): string {
  const document: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (
    typeof document === 'object' &&
    document !== null &&
    'version' in document &&
    typeof document.version === 'string'
  )
    return document.version;
  throw new Error(`No version in ${join(root, 'package.json')}`);
}
