import type { Buildpack, BuildOutcome, BuildServices } from '../buildpack/buildpack.ts';
import type { Target } from '../buildpack/api.ts';
import type { LaunchMetadata } from '../cnb/launch-metadata.ts';
import type { ResolvedPlan } from '../cnb/plan.ts';
import type { BuildEnvironment } from '../environment/build-environment.ts';
import type { Report } from '../events.ts';

export interface BuildPhaseRequest {
  readonly group: readonly Buildpack[];
  readonly plan: ResolvedPlan;
  /** The user's build variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: Target;
  /** The application inside the workspace, `/`-separated, `.` when it is the workspace. */
  readonly appPath: string;
  /** @default 'production' */
  readonly execEnv?: string;
  /** Run buildpacks that do not say they are relocatable where /layers is elsewhere. @default false */
  readonly allowUnrelocatable?: boolean;
}

export interface BuildDependencies {
  readonly environment: BuildEnvironment;
  readonly services: BuildServices;
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

export interface BuildPhaseResult {
  /** One for each buildpack, in the order of the group. */
  readonly outputs: readonly { readonly buildpack: Buildpack; readonly outcome: BuildOutcome }[];
  /** As written to `<layers>/config/metadata.toml`. */
  readonly launchMetadata: LaunchMetadata;
}
