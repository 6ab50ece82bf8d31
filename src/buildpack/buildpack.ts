import type { BomEntry } from '../cnb/bom.ts';
import type { BuildPlan, PlanRequire } from '../cnb/build-plan.ts';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import type { ExtensionDockerfile } from '../cnb/extension-dockerfile.ts';
import type { Label, LaunchProcess, Slice } from '../cnb/launch.ts';
import type { TomlTable } from '../cnb/toml-value.ts';
import type { BuildEnvironment, PathPair } from '../environment/build-environment.ts';
import type { Report } from '../events.ts';
import type { StackNeed, StackWishes, Target } from './api.ts';
import type { RememberedAnswer, ResolvedInput } from './resolved-input.ts';

/**
 * A buildpack as the lifecycle sees it, whatever it is made of. Every kind leaves the files of the specification in its layers
 * directory; the outcome is what was read back from them.
 */
export interface Buildpack {
  readonly kind: 'builtin' | 'directory' | 'module';
  /** An image extension, which takes part in detection and generates Dockerfiles. */
  readonly isExtension?: true;
  /** With an `order` it is a composite, which is never run itself. */
  readonly descriptor: BuildpackDescriptor;
  /** May run where /layers is elsewhere: it writes image paths into whatever is kept. */
  readonly relocatable: boolean;
  /** Depends on nothing but the source, the user's build variables, the target, its own files and these variables of the host. */
  readonly pure?: { readonly hostEnv: readonly string[] };
  readonly stacks?: StackWishes;
  /** Digest of its own files, for build keys. */
  fingerprint(): Promise<string>;
  /** Throws only when it could not be asked at all because of us (INTERNAL, a signal's reason). */
  detect(request: DetectRequest): Promise<DetectOutcome>;
  /** Throws BUILDPACK_FAILED when it fails, BUILD_OUTPUT_INVALID when what it wrote cannot be used. */
  build(request: BuildRequest): Promise<BuildOutcome>;
  /** Of an extension only. Throws EXTENSION_FAILED when it fails, DOCKERFILE_INVALID and GENERATE_FAILED when what it wrote cannot be used. */
  generate?(request: GenerateRequest): Promise<readonly GeneratedDockerfile[]>;
  /** Resolves all that floats in a build, and makes nothing. Absent: nothing floats, as far as anybody knows. */
  resolveInputs?(request: BuildRequest): Promise<void>;
}

/** What detect and build have in common. */
export interface RunRequest {
  readonly environment: BuildEnvironment;
  /** The application: the workspace or a directory in it. */
  readonly app: PathPair;
  /** Everything but the variables that name the buildpack's own files, which it adds itself. Values hold inside paths. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: Target;
  /** The host's environment, from which only the names that it declares are read. */
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

export type DetectRequest = RunRequest;

export type DetectOutcome =
  | {
      readonly result: 'pass';
      readonly plan: BuildPlan;
      readonly reason?: string;
      readonly output: string;
      readonly stack?: StackNeed;
    }
  | {
      readonly result: 'fail';
      readonly reason: string;
      readonly output: string;
      /** Files whose presence would have made it pass, relative to the application. */
      readonly wanted?: readonly string[];
    }
  | { readonly result: 'error'; readonly reason: string; readonly output: string };

export interface BuildRequest extends RunRequest {
  /** Its own layers directory, which exists and may hold what was restored. */
  readonly layers: PathPair;
  readonly plan: readonly PlanRequire[];
  readonly services: BuildServices;
}

export interface GenerateRequest extends RunRequest {
  /** Its own output directory, which exists. */
  readonly output: PathPair;
  readonly plan: readonly PlanRequire[];
}

/** A Dockerfile that an extension wrote. */
export interface GeneratedDockerfile extends ExtensionDockerfile {
  /** Host path. */
  readonly path: string;
}

/** What built-in buildpacks share with the rest of the tool. */
export interface BuildServices {
  /** Resolves something that floats once, or takes the pinned value, and records it. */
  resolve(name: string, resolver: (pinned: string | undefined) => Promise<ResolvedInput>): Promise<ResolvedInput>;
  /** A directory of the store for a toolchain, filled once. Returns its host path. */
  toolchain(key: string, fill: (dir: string) => Promise<void>): Promise<string>;
  /** What a question was answered within the last day, else what `find` answers now. */
  remember(question: string, find: () => Promise<string>): Promise<RememberedAnswer>;
  /** Host path of the folder that the workspace was copied from. */
  readonly sourceDir: string;
  /** Go's words for every processor that the resolved inputs have to do for. @default the target's */
  readonly architectures?: readonly string[];
}

/** What has to be known of a buildpack that ran, perhaps in another process. */
export interface RanBuildpack {
  readonly descriptor: { readonly id: string; readonly version: string };
}

/** What a build left behind, read from its files. */
export interface BuildOutcome {
  readonly layers: readonly BuiltLayer[];
  readonly processes: readonly LaunchProcess[];
  readonly labels: readonly Label[];
  readonly slices: readonly Slice[];
  /** Names of plan entries that it leaves to a later buildpack. */
  readonly unmet: readonly string[];
  readonly bom: { readonly launch: readonly BomEntry[]; readonly build: readonly BomEntry[] };
  readonly sboms: readonly SbomFile[];
  /** `[metadata]` of store.toml, when there is such a file. */
  readonly store?: TomlTable;
}

/** A layer with a `<layer>.toml`. Layer directories without one are nobody's layer (LYR-05). */
export interface BuiltLayer {
  readonly name: string;
  readonly launch: boolean;
  readonly build: boolean;
  readonly cache: boolean;
  readonly metadata: TomlTable | undefined;
  /** Host path of its directory. */
  readonly path: string;
  /** Launch without a directory: the previous image's layer is taken. */
  readonly hasDirectory: boolean;
}

export interface SbomFile {
  /** Host path. */
  readonly path: string;
  readonly extension: 'cdx.json' | 'spdx.json' | 'syft.json';
  /** Where it belongs; a cached layer's additionally to `cache`. */
  readonly trees: readonly ('launch' | 'build' | 'cache')[];
  /** Absent: about the buildpack's launch or build as a whole. */
  readonly layer?: string;
}
