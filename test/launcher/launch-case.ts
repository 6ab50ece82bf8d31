import { stringify } from 'smol-toml';

/** Something in the root directory of a case: text is a file's content. */
export type FileSpec =
  | string
  | {
      readonly content?: string | Uint8Array;
      /** @default 0o644, 0o755 for directories and for content that starts with #! */
      readonly mode?: number;
      /** Makes a symbolic link with this target. */
      readonly link?: string;
      /** Makes a directory. */
      readonly directory?: true;
      /** Puts the probe there: the program that reports how it was started. */
      readonly probe?: true;
    };

/** A launcher started in a root directory as it is in an image. */
export interface LaunchCase {
  /** Row of the conformance table and what it is about; unique. */
  readonly name: string;
  /** Path in the root → what is there. /bin/probe, /workspace and /dev/null are always there. */
  readonly files?: Readonly<Record<string, FileSpec>>;
  /** <layers>/config/metadata.toml; null for none. @default a process `web` of a buildpack that runs the probe */
  readonly metadata?: string | Metadata | null;
  /** The whole environment as execve takes it. @default Platform API 0.15 and a PATH as the exporter writes it */
  readonly env?: readonly string[];
  /** Added behind `env`. */
  readonly moreEnv?: readonly string[];
  /** argv, the name it is called by first. @default ['/cnb/process/web'] */
  readonly argv?: readonly string[];
  /** @default '/' */
  readonly cwd?: string;
  /** @default 0 */
  readonly uid?: number;
  readonly readOnly?: boolean;
  /** Whether the root has bash. @default false */
  readonly shell?: boolean;
  /** Descriptors above 2 that are open. */
  readonly descriptors?: readonly number[];
  /** Standard input is closed. */
  readonly inputClosed?: boolean;
  /** SIGUSR1 and SIGUSR2 are ignored. */
  readonly signalsIgnored?: boolean;
  /** The emulator for another processor itself changes what this case looks at. */
  readonly nativeOnly?: boolean;
  /** What this launcher does on purpose otherwise than the reference, and why. Such a case is not compared. */
  readonly differs?: string;
}

export interface Metadata {
  readonly processes?: readonly ProcessEntry[];
  readonly buildpacks?: readonly { readonly id: string; readonly api: string }[];
}

export interface ProcessEntry {
  readonly type: string;
  readonly command: string | readonly string[];
  readonly args?: readonly string[];
  readonly direct?: boolean;
  readonly 'buildpack-id'?: string;
  readonly 'working-dir'?: string;
  readonly 'exec-env'?: readonly string[];
}

/** How a program was started, by its own account. */
export interface ProgramReport {
  readonly role: 'exec.d' | 'process';
  readonly argv: readonly string[];
  /** Sorted. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly descriptors: readonly number[];
  readonly uid: number;
  /** Numbers of the signals that it ignores. */
  readonly ignored: readonly number[];
  readonly inputIsNull: boolean;
}

/** What came of a case, in a form that is the same for every launcher. */
export interface Answer {
  /** Exit status, or the name of a signal. */
  readonly exit: number | string;
  /** exec.d programs and the process, as they were started. */
  readonly programs: readonly ProgramReport[];
  /** Whether the process is a child of the launcher instead of its successor. */
  readonly forked: boolean;
  /** What launcher, shell and programs printed besides, without the wording of TOML errors. */
  readonly messages: readonly string[];
}

export const defaultEnv: readonly string[] = ['CNB_PLATFORM_API=0.15', 'PATH=/cnb/process:/cnb/lifecycle:/bin'];

const webProcess: ProcessEntry = {
  type: 'web',
  command: ['/bin/probe'],
  args: [],
  direct: true,
  'buildpack-id': 'test/one',
};

/** `processes` beside the buildpack `test/one`. */
export function metadataWith(...processes: readonly Partial<ProcessEntry>[]): Metadata {
  return {
    processes: processes.map((process) => ({ ...webProcess, ...process })),
    buildpacks: [{ id: 'test/one', api: '0.10' }],
  };
}

export function metadataText(metadata: string | Metadata): string {
  return typeof metadata === 'string' ? metadata : stringify(metadata);
}
