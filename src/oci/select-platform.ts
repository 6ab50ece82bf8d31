import { TsbuildpackError } from '../errors.ts';
import type { Descriptor } from './descriptor.ts';
import type { ImageIndex } from './manifest.ts';
import type { Platform } from './platform.ts';
import { formatPlatform } from './platform.ts';

/** Linux on this machine's architecture: what an image is for when nobody says. */
export function defaultPlatform(arch: string = process.arch): Platform {
  const architecture = goArchitectures[arch] ?? arch;
  return { os: 'linux', architecture };
}

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/**
 * The manifest of an index for a platform: the best variant that runs there, the first of equals. Without a platform the only one
 * there is, else the default platform's. Throws IMAGE_NOT_FOUND with what there is.
 */
export function selectPlatform(index: ImageIndex, wanted: Platform | undefined, name: string): Descriptor {
  const images = index.manifests.filter(isImage);
  const [only] = images;
  if (wanted === undefined && images.length === 1 && only !== undefined) return only;
  const platform = wanted ?? defaultPlatform();
  for (const variant of variantsFor(platform)) {
    const found = images.find((entry) => matches(entry.platform, platform, variant));
    if (found !== undefined) return found;
  }
  throw noPlatform(
    name,
    platform,
    images.map((entry) => entry.platform),
  );
}

/** Whether an image made for `image` runs on `platform`. */
export function runsOn(image: Platform, platform: Platform): boolean {
  return variantsFor(platform).some((variant) => matches(image, platform, variant));
}

export function noPlatform(
  name: string,
  platform: Platform,
  there: readonly (Platform | undefined)[],
): TsbuildpackError {
  const list = [...new Set(there.map((one) => (one === undefined ? 'one without a platform' : formatPlatform(one))))];
  return new TsbuildpackError('IMAGE_NOT_FOUND', `Cannot find an image for ${formatPlatform(platform)} in "${name}"`, {
    detail: list.length === 0 ? 'There is none for any platform' : `There is: ${list.join(', ')}`,
    hint: 'Ask for one of these with --platform, or take another image',
  });
}

/** Attestations of BuildKit stand in the index as manifests for the platform unknown/unknown. */
function isImage(entry: Descriptor): boolean {
  return entry.platform?.os !== 'unknown' && entry.annotations?.['vnd.docker.reference.type'] === undefined;
}

function matches(image: Platform | undefined, wanted: Platform, variant: string): boolean {
  if (image === undefined || image.os !== wanted.os) return false;
  const architecture = normalArchitecture(wanted.architecture);
  return (
    normalArchitecture(image.architecture) === architecture && normalVariant(architecture, image.variant) === variant
  );
}

/** `x86_64` and `aarch64` are not Go's words, but stand in real indexes. */
function normalArchitecture(architecture: string): string {
  if (architecture === 'x86_64' || architecture === 'x86-64') return 'amd64';
  return architecture === 'aarch64' ? 'arm64' : architecture;
}

/** The variant that is meant when none is written: containerd's platforms package has the same table. */
function normalVariant(architecture: string, variant: string | undefined): string {
  const implied = impliedVariants[architecture] ?? '';
  if (variant === undefined || variant === '') return implied;
  return /^\d+$/.test(variant) ? `v${variant}` : variant;
}

const impliedVariants: Readonly<Record<string, string>> = { amd64: 'v1', arm64: 'v8', arm: 'v7' };

/** What runs on the platform, best first: the variant itself, then the older ones, which newer machines run too. */
function variantsFor(platform: Platform): readonly string[] {
  const architecture = normalArchitecture(platform.architecture);
  const variant = normalVariant(architecture, platform.variant);
  const number = Number(/^v(\d+)$/.exec(variant)?.[1] ?? Number.NaN);
  if (Number.isNaN(number) || number > 20) return [variant];
  const oldest = Math.min(number, oldestVariants[architecture] ?? number);
  return Array.from({ length: number - oldest + 1 }, (_, index) => `v${number - index}`);
}

const oldestVariants: Readonly<Record<string, number>> = { amd64: 1, arm64: 8, arm: 5 };
