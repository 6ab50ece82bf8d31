import { chmodSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { removeTree } from '../fs/remove-tree.ts';

/**
 * Makes a directory of ours in `<layers>`, where buildpacks may write too: a link or a file that one of them put in its place would lead
 * us astray and is removed. What a real directory holds stays unless it is to be empty.
 */
export async function makeOwnDirectory(
  path: string,
  { empty = false }: { readonly empty?: boolean } = {},
): Promise<void> {
  const isDirectory = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isDirectory && !empty) return;
  await removeTree(path);
  mkdirSync(path);
  // Whatever the umask: layers are packed with the modes of their directories.
  chmodSync(path, 0o755);
}

/** Writes a file anew, never through a link; mode 0644 whatever the umask. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await removeTree(path);
  writeFileSync(path, content, { flag: 'wx' });
  chmodSync(path, 0o644);
}
