import type { Network } from './bundle-config.ts';
import type { ViewEntry } from './sandbox-view.ts';

/** What a program gets that nobody vetted, in the root file system of an image: none of the image's programs helps to make the sandbox. */
export interface Confinement {
  /** Host path of a program for seccomp(2), where we have one for this machine. */
  readonly filter?: string;
  /** How many processes and threads there may be in the sandbox at a time. */
  readonly maxProcesses: number;
  /** Where root has one: a directory of a control group with that limit, which for root's processes is the only one that counts. */
  readonly controlGroup?: string;
}

export interface SandboxCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Who the child is, where ids can be mapped. */
  readonly user: { readonly uid: number; readonly gid: number };
  readonly network: Network;
  readonly confinement?: Confinement;
}

/** How a sandbox is started: a private file that has to be there for as long as it runs, and a command that gets its path. */
export interface PreparedSandbox {
  readonly file: string;
  argv(file: string): readonly string[];
}

/** A program of the host that shows a child a view of the file system, in user, mount, process and IPC namespaces of its own. */
export interface SandboxMaker {
  readonly mechanism: string;
  /** Whether the child has user id 0 in it. */
  readonly runsAsRoot: boolean;
  /** Whether it takes a filter of system calls. */
  readonly filters: boolean;
  prepare(view: readonly ViewEntry[], command: SandboxCommand): PreparedSandbox;
}
