import type { Dirent } from 'node:fs';
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildPaths, PathPair } from '../environment/build-environment.ts';
import type { ErrorCode } from '../errors.ts';
import { TsbuildpackError } from '../errors.ts';
import { readRegularFile } from '../fs/read-regular-file.ts';
import { systemErrorCode } from '../fs/system-error.ts';

/**
 * Reads files that a buildpack wrote. Its links are followed as the buildpack saw them, and only to places that it could see:
 * a link to a file of this machine that was hidden from it must not bring that file into the build.
 */
export interface ChildFiles {
  /** The host path of what is there, links followed; undefined when there is nothing. Throws when a link leads out. */
  resolve(path: string): string | undefined;
  /** Undefined when there is no such file. Throws for a pipe, a socket and a device. */
  read(path: string): Uint8Array | undefined;
  /** Undefined when there is no such directory. */
  list(path: string): readonly Dirent[] | undefined;
}

// As many as Linux follows: https://man7.org/linux/man-pages/man7/path_resolution.7.html
const maxLinks = 40;

/** Everything that a buildpack has before its eyes. */
export function childFiles(paths: BuildPaths): ChildFiles {
  const { layers, app, buildpacks, platform, home, tmp, everything } = paths;
  return filesOf([layers, app, buildpacks, platform, home, tmp, ...(everything ? [everything] : [])]);
}

/** One directory, from which no link may lead out. */
export function filesIn(dir: string): ChildFiles {
  return filesOf([{ host: dir, inside: dir, image: dir }]);
}

function filesOf(places: readonly PathPair[], code: ErrorCode = 'BUILD_OUTPUT_INVALID'): ChildFiles {
  const resolve = (path: string): string | undefined => {
    const found = follow(path, places);
    if (found !== null) return found;
    throw new TsbuildpackError(code, `Cannot read "${path}": it is a link to a place outside of the build`, {
      hint: 'Links may lead to the application, the layers and the files of buildpacks only',
    });
  };
  return {
    resolve,
    read: (path) => onFile(resolve(path), path, code, readRegularFile),
    list: (path) => onFile(resolve(path), path, code, (file) => readdirSync(file, { withFileTypes: true })),
  };
}

function onFile<T>(
  resolved: string | undefined,
  ...[path, code, use]: [string, ErrorCode, (file: string) => T]
): T | undefined {
  if (resolved === undefined) return undefined;
  try {
    return use(resolved);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TsbuildpackError(code, `Cannot read "${path}": ${why}`, { cause: error });
  }
}

/** What is at a path; null when a link leads to a place that the buildpack could not see; undefined when there is nothing. */
function follow(path: string, places: readonly PathPair[]): string | null | undefined {
  const start = places.find(({ host }) => isIn(path, host));
  if (start === undefined) return null;
  let current = '/';
  let rest = partsOf(start.inside + path.slice(start.host.length));
  let links = 0;
  while (rest.length > 0) {
    const [part = '', ...others] = rest;
    const next = join(current, part);
    const step = lookAt(next, places);
    if (step === 'missing') return undefined;
    if (step === 'other') {
      current = next;
      rest = others;
    } else {
      links += 1;
      if (links > maxLinks) return null;
      if (step.target.startsWith('/')) current = '/';
      rest = [...partsOf(step.target), ...others];
    }
  }
  return hostPath(current, places) ?? null;
}

type Step = 'missing' | 'other' | { readonly target: string };

function lookAt(inside: string, places: readonly PathPair[]): Step {
  const host = hostPath(inside, places);
  // Above the places that we know: if it is a link there, then one of the machine and not of the buildpack.
  if (host === undefined || places.some((place) => place.host === host)) return 'other';
  try {
    const stats = lstatSync(host);
    return stats.isSymbolicLink() ? { target: readlinkSync(host) } : 'other';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return 'missing';
    throw error;
  }
}

function hostPath(inside: string, places: readonly PathPair[]): string | undefined {
  const place = places.find((pair) => isIn(inside, pair.inside));
  return place && place.host + inside.slice(place.inside.length);
}

function isIn(path: string, dir: string): boolean {
  return path === dir || path.startsWith(dir === '/' ? dir : `${dir}/`);
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
