import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import type { BuildEnvironment, PathPair } from '../environment/build-environment.ts';
import { copyTree } from '../fs/copy-tree.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { within } from './buildpack-variables.ts';

interface Installed {
  readonly name: string;
  readonly place: Promise<PathPair>;
}

/** By the directory that was copied. */
const installed = new WeakMap<BuildEnvironment, Map<string, Installed>>();

/**
 * Copies a buildpack to where CNB tools have it (BPT-01), once for an environment: its own place may be hidden from the build, and
 * what it writes about itself has to be the same everywhere.
 */
export function installDirectory(
  environment: BuildEnvironment,
  { id, version }: BuildpackDescriptor,
  ...[root, prefix = '']: readonly [root: string, prefix?: string]
): Promise<PathPair> {
  const known = installed.get(environment) ?? new Map<string, Installed>();
  installed.set(environment, known);
  const before = known.get(root);
  if (before !== undefined) return before.place;
  const usual = `${prefix}${escapeBuildpackId(id)}/${version}`;
  const its = within(environment.paths.buildpacks, usual);
  if (environment.given && its.host === root) return Promise.resolve(its);
  // Two directories that say they are the same buildpack must not stand in each other's way.
  const isTaken = [...known.values()].some(({ name }) => name === usual);
  const name = isTaken ? `${usual}-${known.size}` : usual;
  const place = copy(root, within(environment.paths.buildpacks, name));
  known.set(root, { name, place });
  return place;
}

async function copy(root: string, place: PathPair): Promise<PathPair> {
  mkdirSync(dirname(place.host), { recursive: true });
  await removeTree(place.host);
  await copyTree(root, place.host);
  return place;
}
