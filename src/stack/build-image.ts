import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import type { MachineTarget } from '../environment/host.ts';
import type { Image } from '../image/image.ts';

/** Which root file system a build runs in: the build half of a stack (by name or directory), or any image by its place. */
export type BuildImageWish =
  | { readonly kind: 'stack'; readonly name: string }
  | { readonly kind: 'image'; readonly place: string };

/** A build image, resolved to a digest. */
export interface BuildImage {
  readonly image: Image;
  /** For messages: the name without digest. */
  readonly name: string;
  /** The name with its digest. */
  readonly reference: string;
  /** Who buildpacks run as. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** The image's own variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: MachineTarget;
  /** Its name is `build-image`. */
  readonly input: ResolvedInput;
}
