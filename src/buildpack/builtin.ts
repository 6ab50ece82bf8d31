import type {
  BuildContext,
  BuildExecOptions,
  BuildpackDefinition,
  BuildResult,
  DetectContext,
  DetectResult,
} from './api.ts';
import type { MachineTarget } from '../environment/host.ts';
import type { Report } from '../events.ts';
import type { RememberedAnswer, ResolvedInput } from './resolved-input.ts';

// What else buildpacks/* may use: they import nothing of src/ but this file and api.ts.
export { TsbuildpackError } from '../errors.ts';
export type { Event, Report } from '../events.ts';
export type { MachineTarget } from '../environment/host.ts';
export type { ElfFile } from '../elf/elf-file.ts';
export { copyTree } from '../fs/copy-tree.ts';
export { readElf } from '../fs/elf-reader.ts';
export { removeTree } from '../fs/remove-tree.ts';
export { readableText } from '../fs/readable-text.ts';
export { saveDownload } from '../fs/save-download.ts';
export { systemErrorCode } from '../fs/system-error.ts';
export { followRedirects } from '../registry/follow-redirects.ts';
export { extractTar } from '../layer/extract.ts';
export { undiciTransport } from '../registry/undici-transport.ts';
export type { FileWitness, RememberedAnswer, ResolvedInput } from './resolved-input.ts';

/**
 * A buildpack that ships with the tool. It runs in our process, sees the host's own network settings and may keep
 * toolchains in the store; everything that it starts still goes through the build environment.
 */
export interface BuiltinBuildpack extends Omit<BuildpackDefinition, 'detect' | 'build'> {
  readonly inputs: { readonly hostEnv: readonly string[] };
  detect(context: BuiltinDetectContext): Promise<DetectResult>;
  build(context: BuiltinBuildContext): Promise<BuildResult>;
  /** Resolves all that floats in a build of this source, and makes nothing: for `tsbuildpack lock`. Absent: nothing floats. */
  resolveInputs?(context: BuiltinBuildContext): Promise<void>;
}

export interface BuiltinDetectContext extends DetectContext {
  readonly host: MachineTarget;
  /** The values of `inputs.hostEnv`, from the host's environment (PATH and HOME among them if named). */
  readonly hostEnv: Readonly<Record<string, string>>;
}

export interface BuiltinBuildContext extends Omit<BuildContext, 'exec'>, BuiltinDetectContext {
  readonly report: Report;
  /** The private home directory of children, on the host; writable. */
  readonly homeDir: string;
  /** The private temporary directory of children, on the host; writable. */
  readonly tmpDir: string;
  readonly signal: AbortSignal | undefined;
  /** Paths as children see them (equal to the host's under `mapped`): use them in argv, env and cwd of exec. */
  readonly inside: {
    readonly appDir: string;
    readonly workspaceDir: string;
    readonly layersDir: string;
    readonly tmpDir: string;
    readonly homeDir: string;
  };
  readonly exec: (argv: readonly string[], options?: BuiltinExecOptions) => ReturnType<BuildContext['exec']>;
  /**
   * Resolves something that floats once. With a value pinned by `--resolved` or a lock file, `pinned` is given to the
   * resolver, which must arrive at the same value or throw TOOLCHAIN_UNAVAILABLE. What it returns is recorded in the report.
   */
  resolve(name: string, resolver: (pinned: string | undefined) => Promise<ResolvedInput>): Promise<ResolvedInput>;
  /** A directory of the store for a toolchain, filled once, shared by all builds, read-only afterwards. Returns its host path. */
  toolchain(key: string, fill: (dir: string) => Promise<void>): Promise<string>;
  /** What a question to a registry was answered within the last day, else what `find` answers now. `--refresh` asks again. */
  remember(question: string, find: () => Promise<string>): Promise<RememberedAnswer>;
  /**
   * Any variable of the host's environment, for credentials: unlike those of `inputs.hostEnv` it takes no part in what decides whether a
   * build is unchanged, so nothing that is made may depend on it.
   */
  hostVariable(name: string): string | undefined;
  /** The folder that the workspace was copied from, which holds what stays out of it: settings with credentials. Only to be read. */
  readonly sourceDir: string;
  /** Go's words for every processor that the resolved inputs have to do for: that of the target, and of others it is locked for. */
  readonly architectures: readonly string[];
}

export interface BuiltinExecOptions extends BuildExecOptions {
  /** Whether `env` comes over the environment of the context, or is all that the child gets. @default true */
  readonly inherit?: boolean;
  /** Host paths that are hidden from children otherwise. */
  readonly readable?: readonly string[];
  readonly writable?: readonly string[];
  /** Which of its lines are shown. @default all */
  readonly showLine?: (line: string) => boolean;
}
