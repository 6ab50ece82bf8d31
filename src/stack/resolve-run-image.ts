import type { Report } from '../events.ts';
import { TsbuildpackError } from '../errors.ts';
import { parsePlace } from '../image/place.ts';
import type { ImageSource } from '../image/place.ts';
import type { Platform } from '../oci/platform.ts';
import type { Store } from '../store/store.ts';
import { loadStack } from './load-stack.ts';
import { placedRunImage } from './placed-run-image.ts';
import type { RunImage, RunImageWish } from './run-image.ts';
import { stackRunImage } from './stack-run-image.ts';

export interface ResolveRunImageOptions {
  /** What an earlier build resolved it to (`run-image` of `--resolved`): obeyed, or an error. */
  readonly pinned?: string | undefined;
  readonly store: Store;
  readonly report: Report;
  readonly now: () => Date;
  /** Opens a place as the user writes it: `docker://debian:12`, `oci:dir`, `store:name`. */
  readonly openPlace: (place: string) => Promise<ImageSource>;
  /** Where stacks are. @default those that come with the tool */
  readonly stacksDir?: string;
}

/**
 * What a build stands on, resolved to a digest. `stack:NAME` and `scratch` as a place mean the stack. Throws STACK_UNKNOWN,
 * RUN_IMAGE_NOT_FOUND, ANALYZE_FAILED and the errors of the place.
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
    const { pinned, store, report } = options;
    return await stackRunImage(loadStack(named.name, options.stacksDir), { platform, pinned, store, report });
  }
  return await placedRunImage(parsePlace(named.place), platform, options);
}

function withoutAliases(wish: RunImageWish): RunImageWish {
  if (wish.kind !== 'image') return wish;
  // Docker reserves the name: no registry may have such an image.
  if (wish.place === 'scratch') return { kind: 'stack', name: 'scratch' };
  const [, name] = /^stack:(.+)$/.exec(wish.place) ?? [];
  return name === undefined ? wish : { kind: 'stack', name };
}
