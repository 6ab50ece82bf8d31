import { parsePlace } from '../image/place.ts';
import type { Platform } from '../oci/platform.ts';
import type { BuildImage, BuildImageWish } from './build-image.ts';
import { buildUserOf } from './build-user.ts';
import { loadStack } from './load-stack.ts';
import { placedImage } from './placed-image.ts';
import { resolveHalf } from './resolve-half.ts';
import type { ResolveRunImageOptions } from './resolve-run-image.ts';
import { runImageFiles } from './run-image-files.ts';
import { stackHalf } from './stack-half.ts';
import { targetFacts } from './target-facts.ts';

/** The name under which the build image stands among the resolved inputs. */
const buildImageInput = 'build-image';

/** What a stack has that says "host": the tools of this one, which are for the same machines. */
const hostStandIn = 'base';

/**
 * What a build runs over, resolved to a digest. A stack whose builds run over this machine's own root file system (scratch, static) gives
 * the build half of `base`. Throws STACK_UNKNOWN, STACK_UNFIT, RUN_IMAGE_NOT_FOUND, ANALYZE_FAILED, PACKAGES_UNAVAILABLE and the errors of
 * the place.
 */
export async function resolveBuildImage(
  wish: BuildImageWish,
  platform: Platform,
  options: ResolveRunImageOptions,
): Promise<BuildImage> {
  const stack = wish.kind === 'stack' ? wish.name : /^stack:(?<name>.+)$/.exec(wish.place)?.groups?.['name'];
  return stack === undefined && wish.kind === 'image'
    ? await ofPlace(wish.place, platform, options)
    : await ofStack(stack ?? '', platform, options);
}

async function ofStack(name: string, platform: Platform, options: ResolveRunImageOptions): Promise<BuildImage> {
  const asked = stackHalf(loadStack(name), 'build');
  const half = asked.kind === 'host' ? stackHalf(loadStack(hostStandIn), 'build') : asked;
  const found = await resolveHalf(half, { env: {}, ways: {}, ...options, platform });
  // The C library comes with the run half, and the compilers above it are many files to look at.
  const below = found.isOther ? found.image.layers.length : half.parts.filter((part) => part.half === 'run').length;
  return {
    ...(await factsOf(found, { value: found.value, below, options })),
    user: { uid: asked.uid, gid: asked.gid },
  };
}

async function ofPlace(place: string, platform: Platform, options: ResolveRunImageOptions): Promise<BuildImage> {
  const found = await placedImage(parsePlace(place), { ...options, platform, role: 'build' });
  const below = found.image.layers.length;
  return { ...(await factsOf(found, { value: found.reference, below, options })), user: buildUserOf(found.image) };
}

type Found = Pick<BuildImage, 'image' | 'name' | 'reference'> & { readonly reason: string };

interface FactsParts {
  readonly value: string;
  /** How many layers, from the bottom, tell what it is. */
  readonly below: number;
  readonly options: ResolveRunImageOptions;
}

async function factsOf(
  { image, name, reference, reason }: Found,
  { value, below, options: { store, report } }: FactsParts,
): Promise<Omit<BuildImage, 'user'>> {
  const files = await runImageFiles({ ...image, layers: image.layers.slice(0, below) }, { store, report, name });
  return {
    image,
    name,
    reference,
    env: Object.fromEntries((image.config.config?.Env ?? []).map(splitVariable)),
    target: targetFacts(image, files, name),
    input: { name: buildImageInput, value, reason },
  };
}

function splitVariable(line: string): readonly [string, string] {
  const equals = line.indexOf('=');
  return equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
}
