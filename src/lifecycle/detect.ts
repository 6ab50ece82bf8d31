import type { Buildpack } from '../buildpack/buildpack.ts';
import type { Target } from '../buildpack/api.ts';
import type { ResolvedPlan } from '../cnb/plan.ts';
import type { BuildEnvironment } from '../environment/build-environment.ts';
import type { Report } from '../events.ts';
import type { OrderGroup } from './create-request.ts';

export interface DetectPhaseRequest {
  readonly order: readonly OrderGroup[];
  /** By `id@version`, for composites. */
  readonly buildpacks: ReadonlyMap<string, Buildpack>;
  /** The user's build variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: Target;
  /** The application inside the workspace, `/`-separated, `.` when it is the workspace. */
  readonly appPath: string;
  /** @default 'production' */
  readonly execEnv?: string;
}

export interface DetectDependencies {
  readonly environment: BuildEnvironment;
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** One buildpack that was asked, or left out before it was. */
export interface DetectTrial {
  readonly buildpack: Buildpack;
  readonly result: 'pass' | 'fail' | 'error' | 'skipped';
  readonly reason?: string;
  /** What it wrote. */
  readonly output: string;
  /** Files whose presence would have made it pass, relative to the application. */
  readonly wanted: readonly string[];
}

export type DetectResult = Detected | NotDetected;

export interface Detected {
  readonly found: true;
  readonly group: readonly Buildpack[];
  readonly plan: ResolvedPlan;
  readonly trials: readonly DetectTrial[];
  /** Later groups of the order, of built-in buildpacks only, that fit too. */
  readonly alternatives: readonly (readonly Buildpack[])[];
}

export interface NotDetected {
  readonly found: false;
  readonly trials: readonly DetectTrial[];
  /** A buildpack had an error, as opposed to saying no: exit status 21 instead of 20. */
  readonly errors: boolean;
}
