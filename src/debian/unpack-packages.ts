import { TsbuildpackError } from '../errors.ts';
import { takeTurns, type Turn } from '../fs/take-turns.ts';
import type { ReadEntry } from '../layer/read-tar.ts';
import { refused } from '../layer/root-directory.ts';
import type { TarEntry } from '../layer/tar-entry.ts';
import { contentEntry } from '../layer/tar-entry.ts';
import { showPath } from '../fs/byte-path.ts';
import { applyRules } from './apply-rules.ts';
import { ContentDirectory } from './content-directory.ts';
import type { DebFile } from './deb-file.ts';
import { openDeb } from './deb-file.ts';
import type { DebianPackage } from './debian-package.ts';
import type { DownloadOptions } from './download-packages.ts';
import { downloadPackages } from './download-packages.ts';
import { statusFile, statusParagraph } from './dpkg-database.ts';
import type { TreeEntry } from './file-tree.ts';
import { FileTree } from './file-tree.ts';
import type { InstallRules } from './install-rules.ts';
import { checkScripts } from './maintainer-scripts.ts';
import { idleMergedLinks, mergedLinks } from './merged-usr.ts';
import { pathGlobs, treeGlobs } from './path-globs.ts';
import { readEntry } from './read-entry.ts';

export interface UnpackOptions extends DownloadOptions {
  /** An empty directory for the contents of files; entries point into it. */
  readonly dir: string;
  readonly rules: InstallRules;
  /** `status` of the packages in the layers below: `/var/lib/dpkg/status` lists them too. @default none */
  readonly below?: readonly string[];
}

export interface UnpackedPackages {
  /** As a layer has them: absolute names, sorted, every directory before what is in it, a file before its hard links. */
  readonly entries: readonly TarEntry[];
  /** A paragraph of dpkg's status file for each package, in the order of their names. */
  readonly status: readonly string[];
}

/**
 * What packages in the order of `resolvePackages()` become when they are unpacked over each other by the rules. Throws STACK_UNFIT when two
 * of them ship the same file or the rules do not cover them, ARCHIVE_INVALID, and as `downloadPackages()`.
 */
export async function unpackPackages(
  packages: readonly DebianPackage[],
  options: UnpackOptions,
): Promise<UnpackedPackages> {
  const { rules, below = [] } = options;
  const opened = await openAll(packages, options);
  checkScripts(
    opened.map(({ package: owner, deb }) => ({ package: owner, control: deb.control })),
    rules,
  );
  const tree = new FileTree();
  const unpacking: Unpacking = {
    tree,
    contents: new ContentDirectory(options.dir),
    rules,
    isContentWanted: contentFilter(rules),
    turn: takeTurns(options.signal),
  };
  for (const link of rules.mergedUsr ? mergedLinks : []) tree.put(link);
  // One after the other: later ones may replace files of earlier ones, and the library for xz decompresses one stream at a time.
  // oxlint-disable-next-line no-await-in-loop
  for (const each of opened) await unpack(each, unpacking);
  return finish(opened, { tree, rules, below });
}

interface OpenedPackage {
  readonly package: DebianPackage;
  readonly deb: DebFile;
}

async function openAll(packages: readonly DebianPackage[], options: UnpackOptions): Promise<readonly OpenedPackage[]> {
  const files = await downloadPackages(packages, options);
  const opened: OpenedPackage[] = [];
  for (const wanted of packages) {
    const what = `package ${wanted.name} ${wanted.version}`;
    const file = files.get(wanted);
    if (file === undefined) throw new TsbuildpackError('INTERNAL', `Cannot open ${what}: it was not downloaded`);
    // oxlint-disable-next-line no-await-in-loop
    opened.push({ package: wanted, deb: await openDeb(file, what) });
  }
  return opened;
}

interface Unpacking {
  readonly tree: FileTree;
  readonly contents: ContentDirectory;
  readonly rules: InstallRules;
  readonly isContentWanted: (path: string) => boolean;
  readonly turn: Turn;
}

/** What is left out is not written, unless a rule makes something else of it. */
function contentFilter({ drop, keep, copies, joins }: InstallRules): (path: string) => boolean {
  const isDropped = treeGlobs(drop);
  const isKept = pathGlobs([...keep, ...copies.map(({ from }) => from), ...joins.map(({ from }) => from)]);
  return (path) => !isDropped(path) || isKept(path);
}

async function unpack({ package: owner, deb }: OpenedPackage, unpacking: Unpacking): Promise<void> {
  const { tree, turn } = unpacking;
  for await (const entry of deb.data()) {
    const path = tree.place(entry.path);
    if (path === '/') continue;
    const placed = await treeEntry(entry, path, unpacking);
    if (placed !== undefined) tree.add(placed, owner);
    await turn();
  }
}

async function treeEntry(entry: ReadEntry, path: string, unpacking: Unpacking): Promise<TreeEntry | undefined> {
  const { uid, gid, mtimeSeconds, sizeBytes, type } = entry;
  const about = { path, uid, gid, mtimeSeconds, sizeBytes };
  const mode = unpacking.rules.setid === 'keep' ? entry.mode : entry.mode & 0o1777;
  switch (type) {
    case 'directory':
      // Its time is when the package was made, and every package has another.
      return { path, type, mode, uid, gid, sizeBytes };
    case 'symlink':
      return { ...about, type, mode: 0o777, linkTarget: textTarget(entry) };
    case 'hardlink':
      return { ...about, type, mode, linkTarget: linkedFile(entry, unpacking) };
    case 'file':
      if (!unpacking.isContentWanted(path)) return { ...about, type, mode };
      return { ...about, type, mode, ...(sizeBytes > 0 && { source: await unpacking.contents.write(entry.content) }) };
    default:
      throw refused(entry.path, `a package cannot ship a ${type}`);
  }
}

function textTarget({ path, linkTarget }: ReadEntry): string {
  if (typeof linkTarget === 'string' && linkTarget !== '' && !linkTarget.includes('\0')) return linkTarget;
  throw refused(path, 'its target is no text');
}

function linkedFile({ path, linkTarget }: ReadEntry, { tree }: Unpacking): string {
  const target = tree.place(linkTarget ?? '');
  const there = tree.get(target);
  if (there?.type === 'file') return target;
  if (there?.type === 'hardlink' && there.linkTarget !== undefined) return there.linkTarget;
  throw refused(path, `it links to "${showPath(linkTarget ?? '')}", which is no file`);
}

interface Finishing {
  readonly tree: FileTree;
  readonly rules: InstallRules;
  readonly below: readonly string[];
}

const infoDir = '/var/lib/dpkg/info';

function finish(opened: readonly OpenedPackage[], { tree, rules, below }: Finishing): UnpackedPackages {
  const isDropped = treeGlobs(rules.drop);
  const isKept = pathGlobs(rules.keep);
  const idle = rules.mergedUsr ? idleMergedLinks(tree) : new Set();
  const isWanted = (path: string): boolean => !idle.has(path) && (!isDropped(path) || isKept(path));
  const byName = opened.toSorted((a, b) => (a.package.name < b.package.name ? -1 : 1));
  const lists = byName.map(({ package: owner, deb }) => infoEntries(owner, deb, tree.pathsOf(owner).filter(isWanted)));
  const status = byName.map(({ deb }) => paragraphOf(deb, tree));
  applyRules(tree, rules);
  for (const entry of lists.flat()) tree.put(entry);
  const all = [...below, ...status].toSorted();
  tree.put(textEntry('/var/lib/dpkg/status', statusFile(all)));
  return { entries: tree.entries(isWanted), status };
}

function paragraphOf(deb: DebFile, tree: FileTree): string {
  return statusParagraph({
    control: deb.control.get('control')?.toString('utf8') ?? '',
    conffiles:
      deb.control
        .get('conffiles')
        ?.toString('utf8')
        .split('\n')
        .filter((line) => line.startsWith('/')) ?? [],
    read: (path) => {
      const entry = tree.follow(path);
      return entry?.type === 'file' ? readEntry(entry) : undefined;
    },
  });
}

/** Packages that can be installed for several architectures at once have them in their file names. */
function infoEntries(owner: DebianPackage, { control }: DebFile, paths: readonly string[]): readonly TreeEntry[] {
  const base = `${infoDir}/${owner.multiArch === 'same' ? `${owner.name}:${owner.architecture}` : owner.name}`;
  const list = textEntry(`${base}.list`, ['/.', ...paths, ''].join('\n'));
  const sums = control.get('md5sums')?.toString('utf8');
  if (sums === undefined) return [list];
  const there = new Set(paths);
  const lines = sums.split('\n').filter((line) => there.has(`/${line.slice(34)}`));
  return [list, textEntry(`${base}.md5sums`, lines.map((line) => `${line}\n`).join(''))];
}

function textEntry(path: string, text: string): TreeEntry {
  const { linkTarget: _, ...entry } = contentEntry(path, text, { uid: 0, gid: 0 });
  return { ...entry, path };
}
