import { atLeast } from '../../cnb/api-version.ts';
import { TsbuildpackError } from '../../errors.ts';
import { cacheDirectory } from '../../lifecycle/cache-directory.ts';
import { cacheImage } from '../../lifecycle/cache-image.ts';
import type { LayerCache } from '../../lifecycle/layer-cache.ts';
import type { ConnectedContext } from './phase-context.ts';
import { failingWith, generalStatus } from './phase-error.ts';
import { registryImages } from './phase-images.ts';

/** The cache that the platform names; the image wins over the directory (CAC-14). */
export async function phaseCache({ inputs, store, surroundings }: ConnectedContext): Promise<LayerCache | undefined> {
  const [name, directory] = [inputs.text('cache-image'), inputs.text('cache-dir')];
  const { report, signal } = surroundings;
  if (name !== '') {
    const images = registryImages(inputs, { store, surroundings });
    // Before 0.13 the image that was replaced went, afterwards others may still need it (CAC-09).
    const isRemoving = !atLeast(inputs.platformApi, '0.13');
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    // A registry that does not answer ends a phase before it does anything, as with the reference.
    const before = await failingWith(generalStatus.failed, () => orNothing(() => images.open(name)));
    return cacheImage({
      open: () => Promise.resolve(before),
      sink: await images.sink(name),
      ...(isRemoving && { removeSuperseded: ({ digest }) => images.remove(name, digest) }),
      blobs: store.blobs,
      platform: { os: 'linux', architecture },
      report,
      signal,
    });
  }
  if (directory !== '') return await failingWith(generalStatus.failed, () => cacheDirectory(directory));
  report({ type: 'warning', message: 'No cached data will be used, no cache specified.' });
  return undefined;
}

/** A cache image that cannot be read is an empty cache (CAC-08). */
async function orNothing<T>(open: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof TsbuildpackError && error.code === 'IMAGE_INVALID') return undefined;
    throw error;
  }
}
