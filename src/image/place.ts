import type { Report } from '../events.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../registry/reference.ts';
import { formatReference, parseReference } from '../registry/reference.ts';
import type { Image } from './image.ts';

/** Where an image can come from. */
export interface ImageSource {
  /**
   * Without a platform: the only image there is, else the one for this machine's architecture on Linux.
   * Throws IMAGE_NOT_FOUND with a list of what there is, IMAGE_INVALID, and the errors of the place.
   */
  resolve(platform?: Platform): Promise<Image>;
}

export interface WriteContext {
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

export interface WrittenImage {
  /** How the user finds it again: `docker.io/library/hello:latest`, `oci:out:latest`, … */
  readonly reference: string;
  /** Of the manifest. */
  readonly digest: Digest;
}

/** Where an image can go to. */
export interface ImageSink {
  /** After this returns the whole image is there; after an error nothing half-written is left under its name. */
  write(image: Image, context: WriteContext): Promise<WrittenImage>;
}

/** What a user wrote for a place, taken apart; nothing was looked at yet. */
export type Place =
  | { readonly kind: 'registry'; readonly reference: Reference }
  /** A bare name: of the store or of a registry, as the command decides. */
  | { readonly kind: 'name'; readonly reference: Reference }
  | { readonly kind: 'store'; readonly reference: Reference }
  | { readonly kind: 'docker-daemon'; readonly reference: Reference }
  | { readonly kind: 'oci'; readonly directory: string; readonly tag?: string }
  | { readonly kind: 'oci-archive'; readonly file: string; readonly tag?: string }
  | { readonly kind: 'docker-archive'; readonly file: string; readonly tag?: string }
  | { readonly kind: 'bundle'; readonly directory: string }
  | { readonly kind: 'rootfs-archive'; readonly file: string };

const forms = [
  'docker://HOST/NAME:TAG',
  'oci:DIR[:TAG]',
  'oci-archive:FILE[:TAG]',
  'docker-archive:FILE',
  'docker-daemon:NAME',
  'store:NAME',
  'bundle:DIR',
  'rootfs-archive:FILE',
];

/**
 * Reads what a user wrote for a place. As with skopeo a path ends at its first colon, so that a tag can be a whole reference.
 * Throws REFERENCE_INVALID.
 */
export function parsePlace(text: string): Place {
  const [, scheme, rest] = /^([a-z][a-z-]*):(.*)$/s.exec(text) ?? [];
  // `--output oci` without its directory is a slip of the pen, not an image that is called oci.
  if (schemes.has(text) || text === 'docker') throw invalid(text, `Write one of ${forms.join(', ')}`);
  if (scheme === undefined || rest === undefined) return { kind: 'name', reference: bareName(text) };
  if (scheme === 'docker') return { kind: 'registry', reference: dockerReference(text, rest) };
  const read = schemes.get(scheme);
  // `hello:1.2`, `localhost:5000/hello`: a name with a colon in it.
  return read === undefined ? { kind: 'name', reference: bareName(text) } : read(rest, text);
}

const schemes: ReadonlyMap<string, (rest: string, text: string) => Place> = new Map([
  ['store', (rest): Place => ({ kind: 'store', reference: parseReference(rest) })],
  ['docker-daemon', (rest): Place => ({ kind: 'docker-daemon', reference: parseReference(rest) })],
  ['oci', (rest, text): Place => taggedPath(text, rest, (directory, tag) => ({ kind: 'oci', directory, ...tag }))],
  [
    'oci-archive',
    (rest, text): Place => taggedPath(text, rest, (file, tag) => ({ kind: 'oci-archive', file, ...tag })),
  ],
  [
    'docker-archive',
    (rest, text): Place => taggedPath(text, rest, (file, tag) => ({ kind: 'docker-archive', file, ...tag })),
  ],
  ['bundle', (rest, text): Place => ({ kind: 'bundle', directory: path(text, rest) })],
  ['rootfs-archive', (rest, text): Place => ({ kind: 'rootfs-archive', file: path(text, rest) })],
]);

function dockerReference(text: string, rest: string): Reference {
  if (!rest.startsWith('//')) throw invalid(text, `Write docker://${rest.replace(/^\/+/, '')}`);
  return parseReference(rest.slice(2));
}

/** The text that parsePlace() reads as the same place. */
export function formatPlace(place: Place): string {
  switch (place.kind) {
    case 'registry':
      return `docker://${formatReference(place.reference)}`;
    case 'name':
      return formatReference(place.reference);
    case 'store':
    case 'docker-daemon':
      return `${place.kind}:${formatReference(place.reference)}`;
    case 'oci':
      return `oci:${place.directory}${place.tag === undefined ? '' : `:${place.tag}`}`;
    case 'oci-archive':
    case 'docker-archive':
      return `${place.kind}:${place.file}${place.tag === undefined ? '' : `:${place.tag}`}`;
    case 'bundle':
      return `bundle:${place.directory}`;
    case 'rootfs-archive':
      return `rootfs-archive:${place.file}`;
    default:
      return place satisfies never;
  }
}

function taggedPath(text: string, rest: string, make: (path: string, tag: { readonly tag?: string }) => Place): Place {
  const colon = rest.indexOf(':');
  if (colon < 0) return make(path(text, rest), {});
  const tag = rest.slice(colon + 1);
  if (tag === '') throw invalid(text, 'Write a tag after the colon, or leave the colon out');
  return make(path(text, rest.slice(0, colon)), { tag });
}

function path(text: string, value: string): string {
  if (value === '' || value.includes('\0')) throw invalid(text, `Write one of ${forms.join(', ')}`);
  return value;
}

function bareName(text: string): Reference {
  try {
    return parseReference(text);
  } catch (error) {
    throw invalid(text, `Write a name such as registry.example/team/app:1.0, or one of ${forms.join(', ')}`, error);
  }
}

function invalid(text: string, hint: string, cause?: unknown): TsbuildpackError {
  return new TsbuildpackError('REFERENCE_INVALID', `Cannot read "${text}" as a place for an image`, { hint, cause });
}
