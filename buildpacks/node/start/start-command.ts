import type { Manifest } from '../package-file.ts';

/** What starts a process, as far as it is known from a script's text. */
export type StartCommand = DirectCommand | ShellCommand | DevelopmentCommand | UnusableCommand;

/** A program and its arguments, without anything in between. */
export interface DirectCommand {
  readonly kind: 'direct';
  readonly env: Readonly<Record<string, string>>;
  /** `node`, a path, or the name of a dependency's program, and arguments. */
  readonly words: readonly [string, ...string[]];
  /** What was taken out of the script, for the person who builds. */
  readonly notes: readonly string[];
}

/** For /bin/sh -c. */
export interface ShellCommand {
  readonly kind: 'shell';
  readonly script: string;
  /** What the script does that needs a shell: `uses "&&"`. */
  readonly because: string;
  readonly notes: readonly string[];
}

/** What compiles, watches or needs what an image does not have. */
export interface DevelopmentCommand {
  readonly kind: 'development';
  /** `nest start`, `vite`. */
  readonly tool: string;
  /** `compiles when it starts`, `is a development server`. */
  readonly because: string;
}

export interface UnusableCommand {
  readonly kind: 'unusable';
  /** Completes "the start script": `runs "pm2 start", which ends at once`. */
  readonly problem: string;
  readonly hint: string;
}

export function unusable(problem: string, hint: string): UnusableCommand {
  return { kind: 'unusable', problem, hint };
}

/** What a script is read against. */
export interface ScriptScope {
  readonly manifest: Manifest;
  /** Whether a file of the application is there, by its path relative to it. */
  readonly hasFile: (path: string) => boolean;
  /** Scripts of the package that run when the image is built: their work is done when it starts. */
  readonly ranScripts: readonly string[];
}
