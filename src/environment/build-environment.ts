import type { Report } from '../events.ts';
import type { Network } from './bundle-config.ts';
import type { MachineTarget } from './host.ts';

/** One place, twice: where it is while the build runs (as a child process sees it), and where it will be in the image. */
export interface PathPair {
  /** Where our own process finds it on this machine's file system. */
  readonly host: string;
  /** Where a process started by `exec` finds it. Equals `image` under `real` and `image`, `host` under `mapped`. */
  readonly inside: string;
  /** Where it will be in the image: /workspace, /layers, … */
  readonly image: string;
}

export interface BuildPaths {
  readonly app: PathPair;
  readonly layers: PathPair;
  readonly platform: PathPair;
  readonly buildpacks: PathPair;
  /** A private, empty home directory, writable. */
  readonly home: PathPair;
  /** A private temporary directory, writable. */
  readonly tmp: PathPair;
  /** The whole file system, where nothing of it is hidden: then links may lead anywhere. */
  readonly everything?: PathPair;
}

export interface ExecOptions {
  /** The whole environment of the child: nothing is inherited. Values hold inside paths. */
  readonly env: Readonly<Record<string, string>>;
  /** An inside path. */
  readonly cwd: string;
  /** Called for every line as it arrives; lines are also collected into the result. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly input?: string;
  /** Host paths that the child may read at the same path although they are hidden otherwise (a toolchain in a home). */
  readonly readable?: readonly string[];
  /** Host paths that the child may write at the same path. */
  readonly writable?: readonly string[];
  /** Take the network away from this child, where there is a sandbox to do so. @default what the environment has */
  readonly network?: 'none';
  readonly signal?: AbortSignal;
  /** Keep at most this many bytes of each stream in the result. @default 8 MiB */
  readonly maxCollectBytes?: number;
}

export interface ExecResult {
  /** Exit status, or 128 + signal number. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Isolation = 'real' | 'image' | 'mapped';

/** The root file system of a build image, for isolation `image`. */
export interface BuildRoot {
  /** Host directory with the unpacked image; shared by builds and never written to. */
  readonly dir: string;
  /** Who buildpacks run as in it. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** The image's own variables. */
  readonly env: Readonly<Record<string, string>>;
  /** What programs find in it: its C library, not that of this machine. @default what `detectHost` finds */
  readonly machine?: MachineTarget;
}

/** The one door to running anything during a build. */
export interface BuildEnvironment {
  readonly isolation: Isolation;
  /** How it is made, for messages: `bubblewrap`, `runc`, `unshare`, `directories at /`, `mapped directory`. */
  readonly mechanism: string;
  /** Whether the caller's homes, sockets and other files are out of a child's sight. Only then may what nobody vetted run unasked. */
  readonly hides: boolean;
  readonly paths: BuildPaths;
  /** The directories are a platform's, which filled them: nothing is written there but what the specification names. */
  readonly given?: boolean;
  /** What the environment of a buildpack begins with; only a build image has any. */
  readonly env?: Readonly<Record<string, string>>;
  readonly host: MachineTarget;
  readonly target: MachineTarget;
  /** Runs a program by its absolute inside path or by name on env.PATH. Resolves for every exit status; rejects when it cannot be started. */
  exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult>;
  /** Removes what was made for this build; cached directories of the scope stay. */
  close(): Promise<void>;
}

export interface OpenEnvironmentOptions {
  /** `auto`: the first that works, real before mapped. `image` needs `buildRoot`. */
  readonly isolation: Isolation | 'auto';
  readonly buildRoot?: BuildRoot;
  /** What children see of the machine's network; `none` cannot be had without a sandbox. @default 'host' */
  readonly network?: Network;
  /** Host directory that stays the same for a cache scope; app, layers, platform, home and tmp are made in it. */
  readonly root: string;
  /** Host directory of the store, hidden from children under `real`. */
  readonly store: string;
  /** More host paths that children must not see under `real`, such as the user's source folder. */
  readonly hidden?: readonly string[];
  readonly target: MachineTarget;
  /** @default what `detectHost` finds */
  readonly host?: MachineTarget;
  readonly report: Report;
  readonly signal?: AbortSignal;
}
