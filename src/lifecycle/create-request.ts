import type { Buildpack } from '../buildpack/buildpack.ts';
import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import type { EnvFile } from '../cnb/env-modification.ts';
import type { BuildEnvironment, Isolation, OpenEnvironmentOptions } from '../environment/build-environment.ts';
import type { Network } from '../environment/bundle-config.ts';
import type { Report } from '../events.ts';
import type { Image } from '../image/image.ts';
import type { ImageSink, WrittenImage } from '../image/place.ts';
import type { Platform } from '../oci/platform.ts';
import type { BuildImage, BuildImageWish } from '../stack/build-image.ts';
import type { RunImage, RunImageWish } from '../stack/run-image.ts';
import type { GroupTrial } from './detect.ts';
import type { LayerCache } from './layer-cache.ts';
import type { Binding } from './platform-directory.ts';
import type { Store } from '../store/store.ts';
import type { SourceTree } from '../source/source-tree.ts';

/** One group of an order: its buildpacks in order. */
export interface OrderGroup {
  readonly entries: readonly { readonly buildpack: Buildpack; readonly optional: boolean }[];
}

/** Everything that decides about the image. Two equal requests with equal resolved inputs give equal digests. */
export interface CreateRequest {
  readonly source: SourceTree;
  /** Tried in turn. Composites are already among the buildpacks; the lifecycle resolves them. */
  readonly order: readonly OrderGroup[];
  /** Image extensions: one group of these takes part besides, if any fits. @default none */
  readonly extensions?: readonly OrderGroup[];
  /** Buildpacks that composites refer to, by `id@version`. */
  readonly buildpacks: ReadonlyMap<string, Buildpack>;
  /** What was resolved before the build: recorded with what it resolves itself. */
  readonly inputs?: readonly ResolvedInput[];
  /** The user's build variables. */
  readonly env: Readonly<Record<string, string>>;
  /** What the operator of a builder sets for every buildpack. */
  readonly operatorEnv?: readonly EnvFile[];
  /** Services that buildpacks may use; their secrets are in no layer, label, record or cache of ours. */
  readonly bindings?: readonly Binding[];
  readonly platform: Platform;
  readonly runImage: RunImageWish;
  readonly isolation: Isolation | 'auto';
  /** What isolation `image` builds in. @default the build half of stack `base` */
  readonly buildImage?: BuildImageWish;
  /** What buildpacks see of the machine's network. @default 'host' */
  readonly network?: Network;
  readonly launcher: 'default' | 'none';
  /** The execution environment that is built for. @default 'production' */
  readonly execEnv?: string;
  /** The process that the entrypoint starts; else what the buildpacks say. */
  readonly defaultProcess?: string;
  /** From `project.toml` or flags: set on the image after everything else. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Seconds since 1970 for `created`; absent: 1980-01-01T00:00:01Z. */
  readonly sourceDateEpoch?: number;
  /** Canonical name of the image (its first tag), for messages and the cache scope. */
  readonly name: string;
  /** Whose cached layers these are: see ARCHITECTURE.md. */
  readonly scope: string;
  readonly compression: 'gzip' | 'none';
  readonly clearCache: boolean;
  /** Where layers are kept for the next build in place of the store. */
  readonly cache?: LayerCache;
  /** The image whose layers may be taken again, in place of what the last build of the scope made; undefined when there is none. */
  readonly previousImage?: () => Promise<Image | undefined>;
  /** Nothing of the last build comes back but store.toml. */
  readonly skipRestore?: boolean;
  /** Ask again what floats, however fresh the last answer is. @default false */
  readonly refresh?: boolean;
  /** Pinned by `--resolved FILE`: a name missing here is resolved; a name here that cannot be had again is an error. */
  readonly resolved?: readonly ResolvedInput[];
  /** Pinned by a lock file: its inputs are the only ones there may be, and these buildpacks. */
  readonly lock?: BuildLock;
  readonly outputs: readonly ImageSink[];
}

/** What a lock file says about one platform. */
export interface BuildLock {
  /** For messages. */
  readonly file: string;
  readonly inputs: readonly ResolvedInput[];
  readonly buildpacks: readonly LockedBuildpack[];
}

export interface LockedBuildpack {
  readonly id: string;
  readonly version: string;
  /** Of the files of one that does not come with the tool. */
  readonly digest?: string;
}

export interface CreateDependencies {
  readonly store: Store;
  readonly report: Report;
  /** Our own clock: for fingerprints, remembered resolutions, timings. Children and downloads keep the real one. */
  readonly now: () => Date;
  /** The host's environment, from which only declared names are read. */
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  /** Resolves run images: stacks, registries, layouts. */
  readonly resolveRunImage: (wish: RunImageWish, platform: Platform, pinned: string | undefined) => Promise<RunImage>;
  /** Resolves what isolation `image` builds in; without it there is no such isolation. */
  readonly resolveBuildImage?: (
    wish: BuildImageWish,
    platform: Platform,
    pinned: string | undefined,
  ) => Promise<BuildImage>;
  /** @default what this machine allows: `openEnvironment` */
  readonly openEnvironment?: (options: OpenEnvironmentOptions) => Promise<BuildEnvironment>;
  /** Told of every group that detection tries. */
  readonly onTrial?: (trial: GroupTrial) => void;
  readonly signal?: AbortSignal;
}

export interface CreateResult {
  readonly image: Image;
  readonly written: readonly WrittenImage[];
  readonly report: BuildReport;
}

/** The document that `--report FILE` writes and `--resolved FILE` reads. */
export interface BuildReport {
  readonly version: 1;
  readonly image: { readonly name: string; readonly digest: string; readonly manifestSizeBytes: number };
  readonly platform: string;
  /** `unchanged` when nothing had to be built. */
  readonly outcome: 'built' | 'unchanged';
  readonly isolation: string;
  readonly buildpacks: readonly { readonly id: string; readonly version: string }[];
  readonly inputs: readonly ResolvedInput[];
  readonly layers: readonly {
    readonly name: string;
    readonly createdBy: string;
    readonly diffId: string;
    readonly digest: string;
    readonly sizeBytes: number;
    readonly action: 'base' | 'made' | 'reused';
  }[];
  readonly timings: readonly { readonly phase: string; readonly milliseconds: number }[];
}
