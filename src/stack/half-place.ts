import type { Place } from '../image/place.ts';
import type { Platform } from '../oci/platform.ts';
import type { HalfName } from './stack-half.ts';

/**
 * Where a half of a stack is, when the stack as a whole is said to be at a place: both halves and several architectures fit beside each
 * other. `docker://HOST/NAME:1.0` → `docker://HOST/NAME:1.0-run-amd64`, `oci:DIR` → `oci:DIR:run-amd64`,
 * `oci-archive:base.tar` → `oci-archive:base-run-amd64.tar`.
 */
export function halfPlace(place: Place, half: HalfName, { architecture, variant }: Platform): Place {
  const suffix = `${half}-${architecture}${variant === undefined ? '' : `-${variant}`}`;
  if ('reference' in place) {
    const { registry, repository, tag } = place.reference;
    return { ...place, reference: { registry, repository, tag: withSuffix(tag, suffix) } };
  }
  if (place.kind === 'oci') return { ...place, tag: withSuffix(place.tag, suffix) };
  if (place.kind === 'bundle') return { ...place, directory: `${place.directory}-${suffix}` };
  return { ...place, file: place.file.replace(/(?<extension>\.tar)?$/, `-${suffix}$<extension>`) };
}

function withSuffix(tag: string | undefined, suffix: string): string {
  return tag === undefined ? suffix : `${tag}-${suffix}`;
}
