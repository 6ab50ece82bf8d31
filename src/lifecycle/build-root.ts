import type { BuildRoot } from '../environment/build-environment.ts';
import { detectHost } from '../environment/detect-host.ts';
import { imageMountPoints } from '../environment/image-view.ts';
import { TsbuildpackError } from '../errors.ts';
import { unpackedImage } from '../image/unpacked-image.ts';
import type { BuildImage, BuildImageWish } from '../stack/build-image.ts';
import type { CreateDependencies, CreateRequest } from './create-request.ts';
import type { ResolvedInputs } from './resolve-inputs.ts';

/** When nobody named a build image or a stack. */
const defaultBuildImage: BuildImageWish = { kind: 'stack', name: 'base' };

/** The name under which the build image stands among the resolved inputs. */
const buildImageInput = 'build-image';

/**
 * What isolation `image` builds in; undefined for the others. It is one for this machine, whatever the target is: its programs run here.
 * Throws what resolving it does.
 */
export async function findBuildImage(
  { isolation, buildImage = defaultBuildImage }: Pick<CreateRequest, 'isolation' | 'buildImage'>,
  { resolveBuildImage }: Pick<CreateDependencies, 'resolveBuildImage'>,
  inputs: ResolvedInputs,
): Promise<BuildImage | undefined> {
  if (isolation !== 'image') return undefined;
  if (resolveBuildImage === undefined)
    throw new TsbuildpackError('INTERNAL', 'Cannot build in an image: nothing resolves build images here');
  const { os, arch, variant } = await detectHost();
  const platform = {
    os: os === 'darwin' ? 'linux' : os,
    architecture: arch,
    ...(variant !== undefined && { variant }),
  };
  const found = await resolveBuildImage(buildImage, platform, inputs.pinned(buildImageInput));
  inputs.add(found.input);
  return found;
}

/** The root file system of a build image, unpacked. Throws what unpacking it does. */
export async function openBuildRoot(
  { image, user, env, target }: BuildImage,
  { store, report, signal }: CreateDependencies,
): Promise<BuildRoot> {
  const dir = await unpackedImage(image, store, { report, mountPoints: imageMountPoints, signal });
  return { dir, user, env, machine: target };
}
