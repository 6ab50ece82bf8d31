import { parsePlace, type Place, type WrittenImage } from '../image/place.ts';
import type { Image } from '../image/image.ts';
import type { Platform } from '../oci/platform.ts';
import { parseReference } from '../registry/reference.ts';
import type { Store } from '../store/store.ts';
import { builderImage, type NewBuilder } from './builder-create.ts';
import type { Surroundings } from './build-options.ts';
import { Places } from './places.ts';

export interface CreateBuilderRequest extends NewBuilder {
  /** What it is called. */
  readonly name: string;
  readonly outputs: readonly string[];
  /** Write it to the registry of its name. */
  readonly push: boolean;
  /** At least one. */
  readonly platforms: readonly Platform[];
}

export interface CreateBuilderTools {
  readonly store: Store;
  readonly surroundings: Surroundings;
}

/** `tsbuildpack builder create`: to every output, else into the store under its name. */
export async function createBuilder(
  request: CreateBuilderRequest,
  tools: CreateBuilderTools,
): Promise<readonly WrittenImage[]> {
  const { report, signal } = tools.surroundings;
  const places = new Places(tools);
  const reference = parseReference(request.name);
  const pushed: readonly Place[] = request.push ? [{ kind: 'registry', reference }] : [];
  const wished = [...request.outputs.map(parsePlace), ...pushed];
  const outputs: readonly Place[] = wished.length > 0 ? wished : [{ kind: 'store', reference }];
  const images: Image[] = [];
  for (const platform of request.platforms) images.push(await builderImage(request, { ...tools, places, platform }));
  const written: WrittenImage[] = [];
  for (const place of outputs) {
    const result = await places.writePlatforms(images, place, { names: [reference], report, signal });
    report({ type: 'output-written', place: result.reference, ...result });
    written.push(result);
  }
  return written;
}
