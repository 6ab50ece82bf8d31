import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import type { MachineTarget } from '../environment/host.ts';
import type { Image } from '../image/image.ts';
import type { ImageFiles } from './image-files.ts';

/** What the user asked for: nothing (the buildpacks decide), a stack of ours, or any image by its place. */
export type RunImageWish =
  | { readonly kind: 'auto' }
  | { readonly kind: 'stack'; readonly name: string }
  | {
      readonly kind: 'image';
      readonly place: string;
      /** Where else it is. It is called `place` wherever it is taken from. */
      readonly mirrors?: readonly string[] | undefined;
      /** Of the image that is made: where the run image has a mirror there, that one is taken. */
      readonly registry?: string | undefined;
    };

/** A run image, resolved to a digest. */
export interface RunImage {
  readonly image: Image;
  /** For labels: the name under which a rebase finds it, without digest (`docker.io/library/debian:12`, `localhost/tsbuildpack/stack:static`). */
  readonly name: string;
  /** For labels: the name with its digest. */
  readonly reference: string;
  readonly mirrors: readonly string[];
  /** The stack, when it is one of ours. */
  readonly stack?: string;
  readonly target: MachineTarget & { readonly distroName?: string; readonly distroVersion?: string };
  /** Numeric user and group that a build for it runs as and that application files belong to. */
  readonly buildUser: { readonly uid: number; readonly gid: number };
  readonly input: ResolvedInput;
  /** What of its files decides whether a program starts in it: see check-binary.ts. */
  readonly files: ImageFiles;
}
