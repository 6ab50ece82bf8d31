import type { PathPair } from '../environment/build-environment.ts';
import type { Target } from './api.ts';

/** What we tell the program that runs a buildpack module, in a file that its command line names. Paths are those of the child. */
export interface RunnerRequest {
  /** The module, ready to be imported. */
  readonly module: string;
  /** What `tsbuildpack/buildpack` means in it. */
  readonly api: string;
  /** Where it writes its RunnerAnswer. */
  readonly answer: string;
  /** For detect and build. */
  readonly run?: RunnerContext;
}

export interface RunnerContext {
  readonly appDir: string;
  readonly appImageDir: string;
  readonly workspaceDir: string;
  readonly buildpackDir: string;
  readonly layersImageDir: string;
  readonly target: Target;
  readonly moved: readonly PathPair[];
}

export type RunnerVerb = 'describe' | 'detect' | 'build';

/** Its answer; nobody says that the buildpack left it as it was, so it is checked. */
export type RunnerAnswer =
  | { readonly ok: false; readonly problem: string }
  | {
      readonly ok: true;
      readonly definition?: unknown;
      readonly reason?: unknown;
      readonly wanted?: unknown;
      readonly stack?: unknown;
    };
