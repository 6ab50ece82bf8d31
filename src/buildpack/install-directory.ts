import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import type { BuildEnvironment, PathPair } from '../environment/build-environment.ts';
import { copyTree } from '../fs/copy-tree.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { within } from './buildpack-variables.ts';

const installed = new WeakMap<BuildEnvironment, Map<string, Promise<PathPair>>>();

/**
 * Copies a buildpack to where CNB tools have it (BPT-01), once for an environment: its own place may be hidden from the build, and
 * what it writes about itself has to be the same everywhere.
 */
export function installDirectory(
  environment: BuildEnvironment,
  { id, version }: BuildpackDescriptor,
  root: string,
): Promise<PathPair> {
  const places = installed.get(environment) ?? new Map<string, Promise<PathPair>>();
  installed.set(environment, places);
  const name = `${escapeBuildpackId(id)}/${version}`;
  const known = places.get(name);
  if (known !== undefined) return known;
  const place = within(environment.paths.buildpacks, name);
  const copied = copy(root, place);
  places.set(name, copied);
  return copied;
}

async function copy(root: string, place: PathPair): Promise<PathPair> {
  mkdirSync(dirname(place.host), { recursive: true });
  await removeTree(place.host);
  await copyTree(root, place.host);
  return place;
}
