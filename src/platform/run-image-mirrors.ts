import { TsbuildpackError, type ErrorCode } from '../errors.ts';
import type { Report } from '../events.ts';
import { parsePlace } from '../image/place.ts';
import type { RunImage, RunImageWish } from '../stack/run-image.ts';

type PlacedWish = Extract<RunImageWish, { readonly kind: 'image' }>;

const unreachable: ReadonlySet<ErrorCode> = new Set([
  'IMAGE_NOT_FOUND',
  'REGISTRY_DENIED',
  'REGISTRY_REFUSED',
  'REGISTRY_UNAVAILABLE',
  'NETWORK_UNAVAILABLE',
]);

export interface MirrorOptions {
  readonly pinned: string | undefined;
  readonly report: Report;
  /** Resolves one place. */
  readonly resolve: (place: string) => Promise<RunImage>;
}

/**
 * A run image that has mirrors: the one on the registry that the image goes to, else the first of all that can be read (RUN-02, RUN-03).
 * Whichever it is, labels call it by the name of the run image and list the mirrors (LBL-07). Throws the error of the last one.
 */
export async function resolveMirrored(
  { place, mirrors = [], registry }: PlacedWish,
  { pinned, report, resolve }: MirrorOptions,
): Promise<RunImage> {
  // A mirror that is no name of an image is passed over (RUN-04).
  const all = [place, ...mirrors.filter(isPlace)];
  const near = all.filter((name) => registry !== undefined && registryOf(name) === registry);
  const wanted = pinned === undefined ? [] : all.filter((name) => repositoryOf(name) === pinned.replace(/@.*$/, ''));
  const candidates = [...new Set([...wanted, ...near, ...all])];
  for (const [index, candidate] of candidates.entries()) {
    try {
      const runImage = await resolve(candidate);
      if (candidate !== place) report({ type: 'info', message: `Taking the run image from its mirror ${candidate}` });
      return { ...runImage, name: nameOf(place), mirrors };
    } catch (error) {
      const isLast = index === candidates.length - 1;
      if (isLast || !(error instanceof TsbuildpackError) || !unreachable.has(error.code)) throw error;
      report({ type: 'warning', message: `${error.message}: trying another place of the run image` });
    }
  }
  throw new TsbuildpackError('INTERNAL', `Cannot resolve run image "${place}": it has no place`);
}

function isPlace(name: string): boolean {
  try {
    parsePlace(name);
    return true;
  } catch {
    return false;
  }
}

function registryOf(name: string): string | undefined {
  const place = parsePlace(name);
  return 'reference' in place ? place.reference.registry : undefined;
}

function repositoryOf(name: string): string | undefined {
  const place = parsePlace(name);
  return 'reference' in place ? `${place.reference.registry}/${place.reference.repository}` : undefined;
}

/** As it stands in labels, where other tools read it: without our scheme. */
function nameOf(place: string): string {
  return place.replace(/^docker:\/\//, '');
}
