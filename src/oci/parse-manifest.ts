import {
  array,
  check,
  is,
  literal,
  looseObject,
  minValue,
  number,
  optional,
  pipe,
  record,
  safeInteger,
  string,
} from 'valibot';
import { TsbuildpackError } from '../errors.ts';
import { isDigest } from './digest.ts';
import type { ImageIndex, Manifest } from './manifest.ts';
import { isIndex, mediaTypes } from './media-types.ts';

/** The distribution specification lets a registry refuse manifests above 4 MiB; nobody may make us read more. */
export const maxManifestBytes: number = 4 << 20;

const descriptor = looseObject({
  mediaType: string(),
  digest: pipe(string(), check(isDigest)),
  size: pipe(number(), safeInteger(), minValue(0)),
  annotations: optional(record(string(), string())),
});

const manifestSchema = looseObject({
  schemaVersion: literal(2),
  mediaType: optional(string()),
  config: descriptor,
  layers: array(descriptor),
  annotations: optional(record(string(), string())),
});

const platform = looseObject({ os: string(), architecture: string(), variant: optional(string()) });

const indexSchema = looseObject({
  schemaVersion: literal(2),
  mediaType: optional(string()),
  manifests: array(looseObject({ ...descriptor.entries, platform: optional(platform) })),
  annotations: optional(record(string(), string())),
});

/** A manifest or an index, told apart by what is in it. */
export type ManifestDocument =
  | { readonly kind: 'manifest'; readonly mediaType: string; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly mediaType: string; readonly index: ImageIndex };

export interface ParseManifestOptions {
  /** What the place that it comes from says it is. A document that says otherwise is refused. */
  readonly mediaType?: string | undefined;
  /** For messages: the reference or file. */
  readonly name: string;
}

/** Throws IMAGE_INVALID. */
export function parseManifest(bytes: Uint8Array, options: ParseManifestOptions): ManifestDocument {
  const { name } = options;
  const document = parseDocument(bytes, name);
  refuseOldSchema(document, name);
  // A document that is both would be read differently by two tools: CVE-2021-41190.
  if ('manifests' in document && ('layers' in document || 'config' in document)) {
    throw invalid(name, 'it is a manifest and an index at once');
  }
  const own = 'mediaType' in document ? document['mediaType'] : undefined;
  if (is(manifestSchema, document)) {
    const guessed =
      document.config.mediaType === mediaTypes.dockerConfig ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
    const mediaType = agreedType({ own, told: options.mediaType, guessed, name });
    if (isIndex(mediaType)) throw invalid(name, `it is a manifest, its media type is ${mediaType}`);
    return { kind: 'manifest', mediaType, manifest: document as unknown as Manifest };
  }
  if (is(indexSchema, document)) {
    const mediaType = agreedType({ own, told: options.mediaType, guessed: mediaTypes.ociIndex, name });
    if (!isIndex(mediaType)) throw invalid(name, `it is an index, its media type is ${mediaType}`);
    return { kind: 'index', mediaType, index: document as unknown as ImageIndex };
  }
  throw invalid(name, 'it is neither an image manifest nor an index');
}

/** A JSON object in UTF-8. Throws IMAGE_INVALID, with nothing of the text in the message: it may be any file. */
export function parseDocument(bytes: Uint8Array, name: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid(name, 'it is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name, 'it is no JSON object');
  return value as Readonly<Record<string, unknown>>;
}

function refuseOldSchema(document: Readonly<Record<string, unknown>>, name: string): void {
  if (document['schemaVersion'] !== 1) return;
  throw new TsbuildpackError('IMAGE_INVALID', `Cannot read "${name}": it has Docker's manifest schema 1`, {
    hint: 'Push the image again with a tool of this decade; schema 1 was given up by Docker in 2019',
  });
}

const imageTypes: ReadonlySet<string> = new Set([
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
  mediaTypes.ociIndex,
  mediaTypes.dockerIndex,
]);

interface Types {
  readonly own: unknown;
  readonly told: string | undefined;
  readonly guessed: string;
  readonly name: string;
}

function agreedType({ own, told, guessed, name }: Types): string {
  const known = told !== undefined && imageTypes.has(told) ? told : undefined;
  if (typeof own === 'string' && known !== undefined && own !== known) {
    throw invalid(name, `it says that it is ${own.slice(0, 100)}, and came as ${known}`);
  }
  const type = typeof own === 'string' ? own : (known ?? guessed);
  if (!imageTypes.has(type)) throw invalid(name, `its media type is "${type.slice(0, 100)}"`);
  return type;
}

function invalid(name: string, problem: string): TsbuildpackError {
  return new TsbuildpackError('IMAGE_INVALID', `Cannot read the manifest of "${name}": ${problem}`);
}
