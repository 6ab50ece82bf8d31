import { TsbuildpackError } from '../errors.ts';
import type { ImageSink, Place } from '../image/place.ts';
import { parsePlace } from '../image/place.ts';
import { formatReference, parseReference, type Reference } from '../registry/reference.ts';
import type { BuildOptions } from './build-options.ts';
import { deriveImageName } from './image-name.ts';
import type { Places } from './places.ts';
import type { Project } from './project.ts';

export interface ImageNames {
  /** At least one. */
  readonly tags: readonly [Reference, ...Reference[]];
  /** Where the name comes from, for people. */
  readonly from: string;
  /** Whose caches: the repository that the user named, else the application's place. */
  readonly scope: string;
}

/** Names from --tag, project.toml, or what the application is called. Throws REFERENCE_INVALID. */
export async function chooseNames(project: Pick<Project, 'appDir' | 'settings' | 'descriptor'>): Promise<ImageNames> {
  const { appDir, settings, descriptor } = project;
  const [first, ...others] = (settings.tag ?? []).map(parseReference);
  if (first !== undefined) {
    return { tags: [first, ...others], from: settings.tagsFrom ?? 'the settings', scope: repositoryOf(first) };
  }
  const { name, from } = await deriveImageName({ appDir, projectName: descriptor?.id ?? descriptor?.name });
  return { tags: [parseReference(name)], from, scope: appDir };
}

/** Without tag and digest: `host/path/name`. */
function repositoryOf({ registry, repository }: Reference): string {
  return `${registry}/${repository}`;
}

/** --output in order, then the registry of every tag with --push; the store when nothing else is asked for. */
export async function chooseOutputs(
  options: Pick<BuildOptions, 'push' | 'hostname'>,
  {
    settings,
    names,
    places,
  }: { readonly settings: Project['settings']; readonly names: ImageNames; readonly places: Places },
): Promise<readonly ImageSink[]> {
  const wished = (settings.output ?? []).map(parsePlace);
  const pushed = options.push ? names.tags.map((reference): Place => ({ kind: 'registry', reference })) : [];
  const chosen = [...wished, ...pushed];
  const all = chosen.length > 0 ? chosen : names.tags.map((reference): Place => ({ kind: 'store', reference }));
  refuseTwice(all);
  return await Promise.all(all.map((place) => places.sink(place, { names: names.tags, hostname: options.hostname })));
}

/** Two outputs in one file would leave the last one only. */
function refuseTwice(places: readonly Place[]): void {
  const files = places.flatMap((place) => ('file' in place ? [place.file] : []));
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice === undefined) return;
  throw new TsbuildpackError('USAGE', `Cannot write two outputs to "${twice}"`, {
    hint: 'Name another file for one of them',
  });
}

/** For messages. */
export function showNames({ tags, from }: ImageNames): string {
  return `${tags.map(formatReference).join(', ')} (name from ${from})`;
}
