import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { FileWitness } from '../../src/buildpack/builtin.ts';
import { parseGoVersion } from './go-version.ts';
import type { GoVersion } from './go-version.ts';

/** A Go distribution on this machine. */
export interface HostGo {
  /** What PATH led to, for messages. */
  readonly path: string;
  readonly root: string;
  readonly version: GoVersion;
  /** While these stay as they are it is the same Go. */
  readonly witnesses: readonly FileWitness[];
}

export type HostGoLookup =
  | { readonly found: true; readonly go: HostGo }
  /** `problem` says what is wrong with the `go` that is there; absent: there is none. */
  | { readonly found: false; readonly problem?: string };

/**
 * The first `go` on PATH. Its version is read from the file VERSION that every distribution has in its root, so nothing is started.
 * A `go` without a distribution around it (a version manager's stand-in) is no use: what it would start is not known here.
 */
export function findHostGo(path: string | undefined): HostGoLookup {
  const command = (path ?? '')
    .split(delimiter)
    .filter((dir) => isAbsolute(dir))
    .map((dir) => join(dir, 'go'))
    .find(isExecutableFile);
  if (command === undefined) return { found: false };
  const binary = realpathSync(command);
  const root = dirname(dirname(binary));
  const versionFile = join(root, 'VERSION');
  if (!existsSync(versionFile)) {
    return { found: false, problem: `${command} is not part of a Go distribution (there is no ${versionFile})` };
  }
  const line = readFileSync(versionFile, 'utf8').split('\n')[0] ?? '';
  const version = parseGoVersion(line);
  if (version === undefined)
    return { found: false, problem: `${command} is of the unknown version "${line.slice(0, 40)}"` };
  return { found: true, go: { path: command, root, version, witnesses: [witness(binary), witness(versionFile)] } };
}

function isExecutableFile(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && stats.isFile() && (stats.mode & 0o111) !== 0;
}

function witness(path: string): FileWitness {
  const { size, mtimeMs } = statSync(path);
  return { path, sizeBytes: size, mtimeMs };
}
