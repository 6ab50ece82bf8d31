import { parsePlace, type Place, type WrittenImage } from '../image/place.ts';
import type { Image } from '../image/image.ts';
import { formatPlatform } from '../oci/platform.ts';
import { parseReference, type Reference } from '../registry/reference.ts';
import type { Store } from '../store/store.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Surroundings } from './build-options.ts';
import { packageImages, type PackageWish } from './buildpack-package.ts';
import { Places } from './places.ts';
import { platformOf } from '../image/image-from.ts';

export interface PackageRequest extends PackageWish {
  /** Places, or names of files that end in `.cnb`. */
  readonly outputs: readonly string[];
}

export interface PackageTools {
  readonly store: Store;
  readonly surroundings: Surroundings;
}

/** `tsbuildpack buildpack package`: writes a buildpackage to every output. */
export async function packageBuildpack(request: PackageRequest, tools: PackageTools): Promise<readonly WrittenImage[]> {
  const { report, signal } = tools.surroundings;
  const places = new Places(tools);
  const outputs = request.outputs.map(packagePlace);
  if (outputs.length === 0) {
    throw new TsbuildpackError('USAGE', 'Cannot package a buildpack: no output is named', {
      hint: 'Name one: --output my.cnb, --output docker://HOST/NAME:TAG, --output oci:DIR',
    });
  }
  const images = await packageImages(request, { ...tools, places });
  const written: WrittenImage[] = [];
  for (const place of outputs) {
    for (const { part, target } of parts(images, place)) {
      const result = await places.writePlatforms(part, target, { names: namesFor(target), report, signal });
      report({ type: 'output-written', place: result.reference, ...result });
      written.push(result);
    }
  }
  return written;
}

/** `my.cnb` is what people call the file; everything else is a place. */
function packagePlace(text: string): Place {
  return text.endsWith('.cnb') && !/^[a-z-]+:/.test(text) ? { kind: 'oci-archive', file: text } : parsePlace(text);
}

interface Part {
  readonly part: readonly Image[];
  readonly target: Place;
}

/** A file holds the package for one platform, as pack has it: several become several files. */
function parts(images: readonly Image[], place: Place): readonly Part[] {
  if (place.kind !== 'oci-archive' || images.length === 1) return [{ part: images, target: place }];
  return images.map((image) => {
    const name = formatPlatform(platformOf(image.config)).replaceAll('/', '-');
    return {
      part: [image],
      target: { ...place, file: place.file.replace(/(?:\.[^./]+)?$/, (end) => `-${name}${end}`) },
    };
  });
}

/** A file holds this one package, which needs no name in it. */
function namesFor(place: Place): readonly Reference[] {
  if (place.kind === 'oci-archive') return [];
  return 'reference' in place ? [place.reference] : [parseReference('buildpackage')];
}
