import type { ViewEntry } from './sandbox-view.ts';

export interface SandboxCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
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
  prepare(view: readonly ViewEntry[], command: SandboxCommand): PreparedSandbox;
}
