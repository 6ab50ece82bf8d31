import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TsbuildpackError } from '../../errors.ts';
import type { Image } from '../../image/image.ts';
import type { ImageSink, Place } from '../../image/place.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatReference, layoutPath, parseReference, type Reference } from '../../registry/reference.ts';
import { createRegistryClient, type RegistryClient } from '../../registry/client.ts';
import type { Store } from '../../store/store.ts';
import type { Surroundings } from '../build-options.ts';
import { Places } from '../places.ts';
import { badInputs } from './phase-error.ts';
import { flagsOf } from './phase-flags.ts';
import type { PhaseInputs } from './phase-inputs.ts';

/** Where a phase reads and writes images: registries, or directories in OCI layout in their stead. */
export interface PhaseImages {
  readonly kind: 'registry' | 'layout';
  /** Undefined when there is no such image. */
  open(name: string): Promise<Image | undefined>;
  /** An image by what analyzed.toml has: with a digest. */
  openRecorded(reference: string): Promise<Image | undefined>;
  /** What analyzed.toml and labels have of an image: with its digest (ANA-08, ANA-12). */
  recordOf(name: string, digest: Digest): string;
  /** How analyzed.toml names it without a digest. */
  nameOf(name: string): string;
  sink(name: string): Promise<ImageSink>;
  /** Throws when nothing may be written there (ANA-04). */
  checkWritable(name: string): Promise<void>;
}

export interface RemovableImages extends PhaseImages {
  /** Takes an image away; its layers stay for others. Throws where the registry does not let anybody do so. */
  remove(name: string, digest: Digest): Promise<void>;
}

export interface PhaseImagesOptions {
  readonly store: Store;
  readonly surroundings: Surroundings;
}

/** Throws INVALID_INPUT without a directory for layouts. */
export function phaseImages(inputs: PhaseInputs, options: PhaseImagesOptions): PhaseImages {
  const surroundings = withInsecure(inputs, options.surroundings);
  const places = new Places({ store: options.store, surroundings });
  if (inputs.isSet('layout')) return layoutImages(inputs.text('layout-dir'), places);
  return remoteImages(places, () => registryClient(surroundings));
}

/** A cache image is in a registry, whatever the others are; a place of ours such as `oci:DIR` does as well. */
export function registryImages(inputs: PhaseInputs, options: PhaseImagesOptions): RemovableImages {
  const surroundings = withInsecure(inputs, options.surroundings);
  const places = new Places({ store: options.store, surroundings });
  return remoteImages(places, () => registryClient(surroundings));
}

function withInsecure(inputs: PhaseInputs, surroundings: Surroundings): Surroundings {
  const insecure = inputs.list('insecure-registry');
  return { ...surroundings, env: { ...surroundings.env, CNB_INSECURE_REGISTRIES: insecure.join(',') } };
}

function registryClient({ env, signal, findCredential }: Surroundings): RegistryClient {
  return createRegistryClient({ env, signal, findCredential });
}

function remoteImages(places: Places, client: () => RegistryClient): RemovableImages {
  const placeOf = (reference: Reference): Place => ({ kind: 'registry', reference });
  const open = (name: string): Promise<Image | undefined> =>
    orNone(async () => (await places.source(placeOf(parseReference(name)))).resolve());
  return {
    kind: 'registry',
    open,
    openRecorded: open,
    recordOf: (name, digest) => `${cnbRepository(parseReference(name))}@${digest}`,
    nameOf: (name) => name,
    sink: (name) => places.sink(placeOf(parseReference(name)), { names: [parseReference(name)] }),
    checkWritable: (name) => client().repository(parseReference(name)).checkUpload(),
    remove: (name, digest) => client().repository(parseReference(name)).deleteManifest(digest),
  };
}

/** Docker Hub as the reference writes it. */
function cnbRepository({ registry, repository }: Reference): string {
  return `${registry === 'docker.io' ? 'index.docker.io' : registry}/${repository}`;
}

function layoutImages(directory: string, places: Places): PhaseImages {
  if (directory === '') throw badInputs('Cannot use OCI layouts: nobody says where', 'Give -layout-dir');
  // A path from analyzed.toml stays what it is.
  const pathOf = (name: string): string =>
    name.startsWith(`${directory}/`) ? name : join(directory, layoutPath(parseReference(name)));
  const open = (path: string): Promise<Image | undefined> =>
    existsSync(join(path, 'index.json'))
      ? orNone(async () => (await places.source({ kind: 'oci', directory: path })).resolve())
      : Promise.resolve(undefined);
  return {
    kind: 'layout',
    open: (name) => open(pathOf(name)),
    openRecorded: (reference) => open(reference.replace(/@sha256:[0-9a-f]{64}$/, '')),
    recordOf: (name, digest) => `${pathOf(name)}@${digest}`,
    nameOf: pathOf,
    sink: (name) => {
      const reference = parseReference(name);
      const tag = reference.digest ?? reference.tag ?? 'latest';
      return places.sink({ kind: 'oci', directory: pathOf(name), tag }, { names: [reference] });
    },
    checkWritable: () => Promise.resolve(),
  };
}

async function orNone(open: () => Promise<Image>): Promise<Image | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof TsbuildpackError && error.code === 'IMAGE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** What a phase would read from and write to a daemon, it looks for in a registry. Throws INVALID_INPUT. */
export function refuseDaemon(inputs: PhaseInputs): void {
  const isInput = flagsOf(inputs.phase, inputs.platformApi).has('daemon');
  if (!isInput || !inputs.isSet('daemon')) return;
  throw badInputs(
    `Cannot run the ${inputs.phase} with ${inputs.isGiven('daemon') ? '-daemon' : 'CNB_USE_DAEMON'}: no phase uses a Docker daemon`,
    'Leave it out and give an image of a registry, or -layout and -layout-dir; `tsbuildpack build --output docker-daemon:NAME` loads an image into a daemon',
  );
}

/** All images have to be on one registry (ANA-05). Throws INVALID_INPUT. */
export function requireOneRegistry(names: readonly string[]): void {
  const registries = new Set(names.map((name) => parsedName(name).registry));
  if (registries.size > 1) {
    throw badInputs(`Cannot write to several registries at once: ${[...registries].join(', ')}`);
  }
}

/** Throws INVALID_INPUT for what is no name of an image. */
export function parsedName(name: string): Reference {
  try {
    return parseReference(name);
  } catch (error) {
    throw badInputs(error instanceof Error ? error.message : `Cannot read "${name}"`);
  }
}

/** Whether both name the same image, in whatever version (LBL-07). */
export function sameImageName(one: string, other: string): boolean {
  const canonical = (name: string): string => formatReference(parseReference(name.replace(/@sha256:[0-9a-f]+$/, '')));
  try {
    return canonical(one) === canonical(other);
  } catch {
    return one === other;
  }
}
