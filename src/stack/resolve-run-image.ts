import { TsbuildpackError } from '../errors.ts';
import { parsePlace } from '../image/place.ts';
import type { Platform } from '../oci/platform.ts';
import { loadStack } from './load-stack.ts';
import { placedRunImage } from './placed-run-image.ts';
import type { RunImage, RunImageWish } from './run-image.ts';
import type { StackOptions } from './stack-options.ts';
import { stackRunImage } from './stack-run-image.ts';

export interface ResolveRunImageOptions
  extends Omit<StackOptions, 'platform' | 'env' | 'ways'>, Partial<Pick<StackOptions, 'env' | 'ways'>> {}

/**
 * What a build stands on, resolved to a digest. `stack:NAME` and `scratch` as a place mean the stack. Throws STACK_UNKNOWN, STACK_UNFIT,
 * RUN_IMAGE_NOT_FOUND, ANALYZE_FAILED, PACKAGES_UNAVAILABLE and the errors of the place.
 */
export async function resolveRunImage(
  wish: RunImageWish,
  platform: Platform,
  options: ResolveRunImageOptions,
): Promise<RunImage> {
  const named = withoutAliases(wish);
  if (named.kind === 'auto') {
    throw new TsbuildpackError('RUN_IMAGE_NOT_FOUND', 'Cannot choose a run image: nobody named one', {
      hint: 'Name one with --run-image, for example --run-image stack:static',
    });
  }
  if (named.kind === 'stack') {
    return await stackRunImage(loadStack(named.name), { env: {}, ways: {}, ...options, platform });
  }
  return await placedRunImage(parsePlace(named.place), { ...options, platform });
}

function withoutAliases(wish: RunImageWish): RunImageWish {
  if (wish.kind !== 'image') return wish;
  // Docker reserves the name: no registry may have such an image.
  if (wish.place === 'scratch') return { kind: 'stack', name: 'scratch' };
  const [, name] = /^stack:(.+)$/.exec(wish.place) ?? [];
  return name === undefined ? wish : { kind: 'stack', name };
}
