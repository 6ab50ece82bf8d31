import { TsbuildpackError } from '../errors.ts';
import { contentEntry } from '../layer/tar-entry.ts';
import type { FileTree, TreeEntry } from './file-tree.ts';
import { treeDirectory } from './file-tree.ts';
import type { InstallRules } from './install-rules.ts';
import { pathGlobs } from './path-globs.ts';
import { readEntry } from './read-entry.ts';

const root = { uid: 0, gid: 0 };

/** Does what maintainer scripts would do. Throws STACK_UNFIT when a file that a rule needs is not there. */
export function applyRules(tree: FileTree, rules: InstallRules): void {
  if (rules.users.length > 0) putText(tree, '/etc/passwd', rules.users.map(passwdLine).join(''));
  if (rules.groups.length > 0) putText(tree, '/etc/group', rules.groups.map(groupLine).join(''));
  for (const { from, to, mode } of rules.copies) {
    const source = fileAt(tree, from, to);
    tree.put({ ...source, path: tree.place(to), ...(mode !== undefined && { mode }) });
  }
  for (const { from, to } of rules.joins) join(tree, from, to);
  for (const { path, target } of rules.links) tree.put(link(tree.place(path), target));
  for (const { path, ...about } of rules.directories) tree.put(treeDirectory(tree.place(path), about));
}

function link(path: string, linkTarget: string): TreeEntry {
  return { path, type: 'symlink', mode: 0o777, ...root, sizeBytes: 0, linkTarget };
}

function putText(tree: FileTree, name: string, text: string | Buffer): void {
  const { linkTarget: _, ...entry } = contentEntry(name, text, root);
  tree.put({ ...entry, path: tree.place(name) });
}

function passwdLine({ name, uid, gid, comment, home, shell }: InstallRules['users'][number]): string {
  return `${name}:x:${uid}:${gid}:${comment}:${home}:${shell}\n`;
}

function groupLine({ name, gid, members }: InstallRules['groups'][number]): string {
  return `${name}:x:${gid}:${members.join(',')}\n`;
}

function fileAt(tree: FileTree, path: string, to: string): TreeEntry {
  const entry = tree.follow(path);
  if (entry?.type === 'file') return entry;
  throw new TsbuildpackError('STACK_UNFIT', `Cannot make "${to}" for the stack: no package has the file "${path}"`);
}

function join(tree: FileTree, from: string, to: string): void {
  const isPart = pathGlobs([from]);
  const paths = tree.paths().filter(isPart).toSorted();
  if (paths.length === 0) {
    throw new TsbuildpackError('STACK_UNFIT', `Cannot make "${to}" for the stack: no package has a file "${from}"`);
  }
  const parts = paths.map((path) => {
    const bytes = readEntry(fileAt(tree, path, to));
    // So that the last line of one and the first of the next stay two.
    return bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
  });
  putText(tree, to, Buffer.concat(parts));
}
