import type { Dirent, Stats } from 'node:fs';
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { readableText } from '../fs/readable-text.ts';
import { findCaller } from './caller.ts';

/** A place that a build must not see, as it is on the host. */
export interface HiddenPlace {
  readonly path: string;
  readonly kind: 'file' | 'directory';
}

/** Well-known configuration that is readable by everyone and may hold a credential; hidden when it does. */
const configFiles = [
  '/etc/apt/sources.list',
  '/etc/environment',
  '/etc/gitconfig',
  '/etc/npmrc',
  '/etc/pip.conf',
  '/usr/etc/npmrc',
  '/usr/local/etc/gitconfig',
  '/usr/local/etc/npmrc',
];
const credentialPattern = /:\/\/[^/\s:@]*:[^/\s@]+@|_auth|_password|extraheader|token|secret/i;

/** Always hidden: nothing in them but credentials and the state of other services. */
const secretPlaces = [
  '/etc/apt/auth.conf',
  '/etc/apt/auth.conf.d',
  '/etc/containers/auth.json',
  '/etc/docker',
  '/etc/kubernetes',
  '/etc/netrc',
  '/etc/rancher',
  '/etc/ssh',
  '/etc/ssl/private',
];

/** How deep private files are looked for. Packages put them nowhere else. */
const searchDepths: Readonly<Record<string, number>> = { '/etc': 16, '/opt': 2, '/usr/local/etc': 4 };

/**
 * What a system directory or a directory that is bound back may hold and a build must not see: homes, what only its owner may read,
 * sockets, configuration with a credential in it, and the paths that the caller names (the store, the source folder). Looked up once
 * for a build: a socket that is made later is seen.
 */
export function findHiddenPlaces(more: readonly string[]): readonly HiddenPlace[] {
  const named = [...secretPlaces, ...configFiles.filter(holdsCredential), ...homes(), ...boundSockets(), ...more];
  const found = Object.entries(searchDepths).flatMap(([dir, depth]) => privateIn(dir, depth));
  return [...named.map(placeAt).filter((place) => place !== undefined), ...found];
}

/** Directories that belong to the system even if an account calls one its home. */
const notHomes = [
  '/',
  '/bin',
  '/etc',
  '/lib',
  '/nix',
  '/opt',
  '/sbin',
  '/sys',
  '/usr',
  '/usr/bin',
  '/usr/lib',
  '/usr/local',
  '/usr/sbin',
];

/** Homes of people, wherever they are, and the caller's; of a home that is a system directory only what begins with a dot. */
function homes(): readonly string[] {
  const own = [process.env['HOME'] ?? '/', findCaller().home].map((home) => realpathOf(home) ?? home);
  const accounts = passwdHomes().filter((home) => !notHomes.includes(home));
  return [...own, ...accounts].flatMap((home) => (notHomes.includes(home) ? dotEntries(home) : [home]));
}

function passwdHomes(): readonly string[] {
  const lines = (readableText('/etc/passwd') ?? '').split('\n').map((line) => line.split(':'));
  const people = lines.filter(([, , uid]) => Number(uid) === 0 || (Number(uid) >= 1000 && Number(uid) < 65_534));
  return people.map((fields) => fields[5] ?? '').filter((home) => home.startsWith('/'));
}

function dotEntries(dir: string): readonly string[] {
  return entriesOf(dir)
    .filter(({ name }) => name.startsWith('.'))
    .map(({ name }) => join(dir, name));
}

/** Unix sockets with a name, of this network namespace: the container engine's, a database's, an agent's. */
function boundSockets(): readonly string[] {
  const lines = (readableText('/proc/net/unix') ?? '').split('\n').slice(1);
  return lines.map((line) => /\s(\/.*)$/.exec(line)?.[1] ?? '').filter((path) => path !== '');
}

function holdsCredential(file: string): boolean {
  return credentialPattern.test(readableText(file) ?? '');
}

/**
 * Root inside is still the host's root as the owner of files, so as root everything that is not for everyone is hidden; as anyone else
 * what belongs to the caller alone.
 */
function privateIn(dir: string, depth: number): readonly HiddenPlace[] {
  const uid = process.getuid?.();
  const places: HiddenPlace[] = [];
  for (const entry of entriesOf(dir)) {
    if (entry.isSymbolicLink()) continue;
    const path = join(dir, entry.name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (stats.isSocket() || ((uid === 0 || stats.uid === uid) && isPrivate(stats))) {
      places.push({ path, kind: stats.isDirectory() ? 'directory' : 'file' });
    } else if (stats.isDirectory() && depth > 1) {
      places.push(...privateIn(path, depth - 1));
    }
  }
  return places;
}

function isPrivate(stats: Stats): boolean {
  return (stats.mode & (stats.isDirectory() ? 0o005 : 0o004)) === 0;
}

function placeAt(path: string): HiddenPlace | undefined {
  const real = realpathOf(path);
  if (real === undefined) return undefined;
  return { path: real, kind: lstatSync(real).isDirectory() ? 'directory' : 'file' };
}

function entriesOf(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
