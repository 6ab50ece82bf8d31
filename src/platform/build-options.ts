import type { Report } from '../events.ts';
import type { FindCredential } from '../registry/credentials.ts';

/** What a user asks of a build, in the user's words: nothing was looked at yet. */
export interface BuildOptions {
  /** The application, as typed. */
  readonly directory: string;
  readonly tags: readonly string[];
  readonly outputs: readonly string[];
  readonly push: boolean;
  readonly buildpacks: readonly string[];
  readonly preBuildpacks: readonly string[];
  readonly postBuildpacks: readonly string[];
  readonly builder?: string | undefined;
  /** False leaves the image extensions of the builder out. @default true */
  readonly extensions?: boolean | undefined;
  readonly runImage?: string | undefined;
  readonly stack?: string | undefined;
  readonly platform?: string | undefined;
  readonly env: readonly string[];
  readonly envFiles: readonly string[];
  readonly descriptor?: string | undefined;
  readonly sourceRoot?: string | undefined;
  readonly isolation?: string | undefined;
  readonly buildImage?: string | undefined;
  readonly network?: string | undefined;
  readonly launcher?: string | undefined;
  readonly process?: string | undefined;
  readonly execEnv?: string | undefined;
  readonly labels: readonly string[];
  readonly compression?: string | undefined;
  readonly cacheScope?: string | undefined;
  readonly clearCache: boolean;
  readonly cacheDir?: string | undefined;
  readonly cacheImage?: string | undefined;
  readonly previousImage?: string | undefined;
  readonly skipRestore?: boolean | undefined;
  /** `[NAME=]DIR`. */
  readonly bindings?: readonly string[] | undefined;
  readonly hostname?: string | undefined;
  /** Ask again what floats. */
  readonly refresh?: boolean | undefined;
  readonly resolved?: string | undefined;
  readonly store?: string | undefined;
  readonly debianMirror?: string | undefined;
  /** `NAME=PLACE`. */
  readonly stackImages?: readonly string[] | undefined;
  /** Files that are written beside the image: they are no source. */
  readonly writes?: readonly string[];
}

/** What the platform takes from the process that it runs in. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** Who we are for registries. @default what the variables say */
  readonly findCredential?: FindCredential | undefined;
}
