import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildUser } from './build-user.ts';
import { isWithin } from './path-within.ts';
import { resolveInRoot, statsOf } from './read-in-root.ts';
import type { ViewEntry, WorkDirs } from './sandbox-view.ts';
import { bindsOf, byPath, processEntries, workEntries } from './sandbox-view.ts';

export interface ImageViewRequest {
  /** Host directory with the root file system of an image. */
  readonly root: string;
  readonly workDirs: WorkDirs;
  /** The build user's home, inside. */
  readonly home: string;
  /** Host file that stands for /etc/passwd, when the image's own does not have the user. */
  readonly passwd?: string;
  /** Whether names are resolved as the machine does. */
  readonly hasNetwork: boolean;
  readonly readable: readonly string[];
  readonly writable: readonly string[];
}

/** Where every view of an image has something mounted. Where an image has them already, nothing has to be mounted piece by piece. */
export const imageMountPoints: Readonly<Record<'files' | 'directories', readonly string[]>> = {
  files: ['/etc/hosts', '/etc/passwd', '/etc/resolv.conf'],
  directories: ['/cnb/buildpacks', buildUser.home, '/var/tmp'],
};

/**
 * Plans what a process sees in an image: its root file system, read-only, and over it the directories of the build. What is to be mounted
 * where the image has nothing makes the directory above it one of the sandbox's own, in which each thing of the image's directory is
 * mounted by itself; so nothing has to be written into the image.
 */
export function planImageView(request: ImageViewRequest): readonly ViewEntry[] {
  const { root } = request;
  const wanted = new Map<string, ViewEntry>();
  for (const entry of wantedEntries(request)) {
    const at = insideOf(root, entry.at);
    if (at !== undefined) wanted.set(at, { ...entry, at });
  }
  const entries = new Map<string, ViewEntry>();
  for (const entry of imageEntries(root, wanted)) entries.set(entry.at, entry);
  for (const [at, entry] of wanted) entries.set(at, entry);
  return [...entries.values()].toSorted(byPath);
}

/** The image's own things: each directory as a whole, but piece by piece where something is to be mounted beside them. */
function* imageEntries(root: string, wanted: ReadonlyMap<string, ViewEntry>): Generator<ViewEntry> {
  const opened = openedDirs(root, wanted);
  const places = [...wanted.keys()];
  for (const dir of opened) {
    if (dir !== '/') yield { kind: 'empty', at: dir, access: 'read' };
    for (const entry of contentOf(root, dir)) {
      if (opened.has(entry.at) || isProvided(entry.at)) continue;
      const isFile = entry.kind === 'bind' && !isDirectoryEntry(entry);
      if (isFile && places.some((at) => at !== entry.at && isWithin(at, entry.at))) continue;
      yield entry;
    }
  }
}

function wantedEntries(request: ImageViewRequest): readonly ViewEntry[] {
  const { workDirs, home, passwd, hasNetwork, readable, writable } = request;
  const names = hasNetwork ? ['/etc/resolv.conf', '/etc/hosts'].filter((file) => existsSync(file)) : [];
  return [
    { kind: 'empty', at: '/run', access: 'read' },
    { kind: 'empty', at: '/var/tmp', access: 'write' },
    ...names.map((at): ViewEntry => ({ kind: 'bind', at, from: at, access: 'read' })),
    ...(passwd === undefined ? [] : [{ kind: 'bind', at: '/etc/passwd', from: passwd, access: 'read' } as const]),
    ...bindsOf(readable, { access: 'read', isShown: () => false }),
    ...bindsOf(writable, { access: 'write', isShown: () => false }),
    ...workEntries(workDirs, home),
    ...processEntries(workDirs),
  ];
}

/** A path of the image with the symlinks on its way followed, so that a mount lands where it is meant to, and in the sandbox. */
function insideOf(root: string, path: string): string | undefined {
  if (isWithin(path, '/proc')) return path;
  const place = resolveInRoot(root, path);
  if (place === undefined) return undefined;
  const inside = place.slice(root.length);
  return inside === '' ? undefined : inside;
}

/** Whatever makes a sandbox mounts these. */
function isProvided(path: string): boolean {
  return path === '/proc' || path === '/dev';
}

/** The directories that need something which the image does not have; the root is always one. */
function openedDirs(root: string, wanted: ReadonlyMap<string, ViewEntry>): ReadonlySet<string> {
  const opened = new Set(['/']);
  const places = [...wanted.keys()];
  for (const [at, entry] of wanted) {
    if (isProvided(`/${at.split('/')[1] ?? ''}`)) continue;
    // What lies in another mount finds its place there.
    if (places.some((other) => other !== at && isWithin(at, other))) continue;
    const dir = firstMissing(root, at, isDirectoryEntry(entry));
    if (dir !== undefined) opened.add(dir);
  }
  return opened;
}

/** The directory of the image that lacks a part of this path; undefined when it can be mounted on as it is. */
function firstMissing(root: string, path: string, wantsDirectory: boolean): string | undefined {
  const stats = statsOf(join(root, path));
  if (stats !== undefined && stats.isDirectory() === wantsDirectory) return undefined;
  let dir = dirname(path);
  while (dir !== '/' && statsOf(join(root, dir))?.isDirectory() !== true) dir = dirname(dir);
  return dir;
}

function isDirectoryEntry(entry: ViewEntry): boolean {
  return entry.kind === 'empty' || (entry.kind === 'bind' && lstatSync(entry.from).isDirectory());
}

function contentOf(root: string, dir: string): readonly ViewEntry[] {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((child): readonly ViewEntry[] => {
    const at = join(dir, child.name);
    const from = join(root, at);
    if (child.isSymbolicLink()) return [{ kind: 'symlink', at, to: readlinkSync(from) }];
    return child.isDirectory() || child.isFile() ? [{ kind: 'bind', at, from, access: 'read' }] : [];
  });
}
