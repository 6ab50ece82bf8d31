/**
 * What a buildpack author imports from `tsbuildpack/buildpack`. Everything here is plain data plus `exec`: a module runs
 * in a child process of its own, in the build environment, through the same protocol as a CNB directory.
 *
 * @example
 * ```ts
 * import { defineBuildpack } from 'tsbuildpack/buildpack';
 * export default defineBuildpack({
 *   id: 'acme/hello',
 *   version: '1.0.0',
 *   detect: () => ({ pass: true }),
 *   build: async ({ layer }) => {
 *     const hello = await layer('hello', { launch: true });
 *     await writeFile(`${hello.path}/hello.txt`, 'hello');
 *     return { processes: [{ type: 'web', command: ['cat', `${hello.imagePath}/hello.txt`], default: true }] };
 *   },
 * });
 * ```
 */

export interface BuildpackDefinition {
  /** `namespace/name`: letters, digits, `.`, `/`, `-`. */
  readonly id: string;
  /** `X.Y.Z`. */
  readonly version: string;
  readonly name?: string;
  readonly homepage?: string;
  readonly description?: string;
  /** What it can build for. Absent: linux, any architecture. */
  readonly targets?: readonly BuildpackTarget[];
  /** Do not put the user's build variables into the environment of detect and build. @default false */
  readonly clearEnv?: boolean;
  /** `none`: it needs no network, and gets none where there is a sandbox to take it away. Absent: as the user says. */
  readonly network?: 'none';
  /** Whether it writes image paths, never build paths, into what it keeps: then it may run where /layers is elsewhere. @default false */
  readonly relocatable?: boolean;
  /**
   * Declares that detect and build depend on nothing but the source, the user's build variables, the target, this module's own
   * files and the variables named here. Then an unchanged build is skipped whole. Absent: it runs in every build.
   */
  readonly inputs?: DeclaredInputs;
  /** The stacks whose run images its processes run on, by default and if asked. */
  readonly stacks?: StackWishes;
  detect(context: DetectContext): DetectResult | Promise<DetectResult>;
  build(context: BuildContext): BuildResult | Promise<BuildResult>;
}

export interface BuildpackTarget {
  readonly os: string;
  readonly arch?: string;
  readonly variant?: string;
  readonly distros?: readonly { readonly name: string; readonly version?: string }[];
}

export interface DeclaredInputs {
  /** Names of variables of the host's environment that decide about the result (GOPROXY, …). */
  readonly hostEnv?: readonly string[];
}

export interface StackWishes {
  readonly default: string;
  readonly also?: readonly string[];
}

/** What is in the application asks for one stack: another that the user names is an error. */
export interface StackNeed {
  readonly name: string;
  /** Completes "because": `the start script of package.json:7 uses "&&"`. */
  readonly reason: string;
}

export interface Target {
  readonly os: string;
  /** Go's word: amd64, arm64. */
  readonly arch: string;
  readonly variant?: string;
  readonly distroName?: string;
  readonly distroVersion?: string;
  /** Known when the run image is known. Absent: it has none, or nobody knows. */
  readonly libc?: 'glibc' | 'musl';
  readonly libcVersion?: string;
}

export interface DetectContext {
  /** Where the application can be read. */
  readonly appDir: string;
  /** The root of the workspace: appDir or an ancestor of it (a monorepo). */
  readonly workspaceDir: string;
  readonly platformDir: string;
  /** The directory of the module itself. */
  readonly buildpackDir: string;
  /** The environment as a `bin/detect` would see it: the user's build variables included (not with clearEnv). */
  readonly env: Readonly<Record<string, string>>;
  readonly target: Target;
}

export type DetectResult =
  | ({
      readonly pass: true;
      readonly reason?: string;
      /** A stack that this application needs, one of those in `stacks`, where the default would not do. */
      readonly stack?: StackNeed;
    } & PlanAlternative & { readonly or?: readonly PlanAlternative[] })
  | {
      readonly pass: false;
      readonly reason: string;
      /** Files whose presence would have made it pass, relative to the application: who hides one in an ignore file is told so. */
      readonly wanted?: readonly string[];
    };

export interface PlanAlternative {
  readonly provides?: readonly { readonly name: string }[];
  readonly requires?: readonly PlanEntry[];
}

export interface PlanEntry {
  readonly name: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface BuildContext extends DetectContext {
  /** Where the application will be in the image. */
  readonly appImageDir: string;
  /** This buildpack's own layers directory. */
  readonly layersDir: string;
  /** Where it will be in the image. */
  readonly layersImageDir: string;
  /** What later buildpacks required of this one. */
  readonly plan: readonly PlanEntry[];
  /** What `store` of the previous build's result was. */
  readonly store: Readonly<Record<string, unknown>>;
  /** Makes or reuses a layer. Its directory exists when this returns. */
  readonly layer: (name: string, options: LayerOptions) => Promise<LayerHandle>;
  /** Runs a program in the build environment with `env` of this context unless told otherwise. */
  readonly exec: (argv: readonly string[], options?: BuildExecOptions) => Promise<BuildExecResult>;
  /** One line for the person who builds. */
  readonly log: (line: string) => void;
}

export interface LayerOptions {
  readonly launch?: boolean;
  readonly build?: boolean;
  readonly cache?: boolean;
  /** What its content depends on. Equal to the last build's: it is restored as it was; else it is empty. Absent: always empty. */
  readonly key?: Readonly<Record<string, unknown>>;
  /** Kept from build to build whatever its key, for tools that look after their own cache directory. @default false */
  readonly toolCache?: boolean;
  readonly env?: readonly EnvModification[];
}

export interface EnvModification {
  readonly name: string;
  readonly action: 'override' | 'default' | 'append' | 'prepend';
  readonly value: string;
  /** For append and prepend. @default '' */
  readonly delimiter?: string;
  /** When it applies. @default 'all' */
  readonly scope?: 'all' | 'build' | 'launch' | { readonly process: string };
}

export interface LayerHandle {
  readonly name: string;
  /** Where it is now. */
  readonly path: string;
  /** Where it will be in the image. */
  readonly imagePath: string;
  /** `launch` without `cache`, key unchanged: `reused` means that the previous image's layer is taken and `path` is empty. */
  readonly state: 'restored' | 'reused' | 'empty';
  /** Why it is empty. */
  readonly cause?: 'new' | 'key-changed' | 'no-key' | 'not-cached';
}

export interface BuildExecOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Show the lines it writes as they come. @default true */
  readonly show?: boolean;
}

export interface BuildExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BuildResult {
  readonly processes?: readonly ProcessDefinition[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Globs in Go's filepath.Match syntax, relative to the application, one list per slice. */
  readonly slices?: readonly { readonly paths: readonly string[] }[];
  /** Names of plan entries that this buildpack leaves to a later one. */
  readonly unmet?: readonly string[];
  /** Given back to the next build as `store`. */
  readonly store?: Readonly<Record<string, unknown>>;
}

export interface ProcessDefinition {
  /** Letters, digits, `.`, `_`, `-`. */
  readonly type: string;
  readonly command: readonly [string, ...string[]];
  /** Overridable by what the user types after the image name. */
  readonly args?: readonly string[];
  readonly workingDirectory?: string;
  readonly default?: boolean;
}

/** Gives the definition back, typed. */
export function defineBuildpack(definition: BuildpackDefinition): BuildpackDefinition {
  return definition;
}
