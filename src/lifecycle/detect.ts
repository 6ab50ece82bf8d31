import type { StackNeed, Target } from '../buildpack/api.ts';
import type { Buildpack } from '../buildpack/buildpack.ts';
import type { ApiVersion } from '../cnb/api-version.ts';
import { atLeast, currentPlatformApi } from '../cnb/api-version.ts';
import type { EnvFile } from '../cnb/env-modification.ts';
import { defaultExecEnv } from '../cnb/exec-env.ts';
import type { ResolvedPlan } from '../cnb/plan.ts';
import type { BuildEnvironment, Isolation } from '../environment/build-environment.ts';
import type { Report } from '../events.ts';
import type { OrderGroup } from './create-request.ts';
import { DetectTrials } from './detect-trials.ts';
import { writePlatformDirectory } from './platform-directory.ts';
import type { CandidateGroup, Verdict } from './resolve-order.ts';
import { resolveOrder } from './resolve-order.ts';
import { resolvePlan } from './resolve-plan.ts';

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
  /** @default the newest */
  readonly platformApi?: ApiVersion;
  /** Files of `<build-config>/env`. */
  readonly operatorEnv?: readonly EnvFile[];
  /** The isolation that was asked for. @default 'auto' */
  readonly isolation?: Isolation | 'auto';
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
  /** The stack that it asks for because of what is in the application. */
  readonly stack?: StackNeed;
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
  /** Why groups whose buildpacks passed came to nothing: their plans do not fit. */
  readonly planFailures: readonly string[];
}

/** Finds the first group of the order whose buildpacks pass and whose plans fit. Throws ORDER_INVALID, ISOLATION_UNAVAILABLE. */
export async function detect(request: DetectPhaseRequest, deps: DetectDependencies): Promise<DetectResult> {
  const { given, paths } = deps.environment;
  if (!given) await writePlatformDirectory(paths.platform.host, request.env);
  const trials = new DetectTrials(request, deps);
  const knowsExecEnv = atLeast(request.platformApi ?? currentPlatformApi, '0.15');
  const planFailures = new Set<string>();
  const verdictOf = (group: OrderGroup): Promise<Verdict<FoundGroup>> =>
    resolveOrder([group], {
      buildpacks: request.buildpacks,
      // Execution environments are known since 0.15 (DET-22).
      execEnv: knowsExecEnv ? (request.execEnv ?? defaultExecEnv) : undefined,
      accept: (candidate) => trials.accepts(candidate),
      tryGroup: (candidates) => tryGroup(candidates, { trials, planFailures }),
    });
  let errors = false;
  for (const [index, group] of request.order.entries()) {
    const verdict = await verdictOf(group);
    trials.reportNew(deps.report);
    if (typeof verdict === 'object') {
      const { members, plan } = verdict.found;
      deps.report({ type: 'group', buildpacks: members.map(({ descriptor: { id, version } }) => ({ id, version })) });
      const alternatives = await alternativesTo(members, request.order.slice(index + 1), verdictOf);
      return { found: true, group: members, plan, trials: trials.list(), alternatives };
    }
    if (verdict === 'error') errors = true;
  }
  return { found: false, trials: trials.list(), errors, planFailures: [...planFailures] };
}

interface FoundGroup {
  readonly members: readonly Buildpack[];
  readonly plan: ResolvedPlan;
}

interface TryGroupOptions {
  readonly trials: DetectTrials;
  readonly planFailures: Set<string>;
}

/** DET-12 to DET-15 */
async function tryGroup(
  candidates: CandidateGroup,
  { trials, planFailures }: TryGroupOptions,
): Promise<Verdict<FoundGroup>> {
  const outcomes = await Promise.all(
    candidates.map(async (candidate) => ({ ...candidate, outcome: await trials.outcome(candidate.buildpack) })),
  );
  const passed = outcomes.flatMap(({ buildpack, optional, outcome }) => {
    const { id, version } = buildpack.descriptor;
    return outcome.result === 'pass' ? [{ buildpack, id, version, optional, plan: outcome.plan }] : [];
  });
  if (outcomes.some(({ optional, outcome }) => !optional && outcome.result !== 'pass')) {
    return outcomes.some(({ outcome }) => outcome.result === 'error') ? 'error' : 'fail';
  }
  if (passed.length === 0) return 'fail';
  const resolution = resolvePlan(passed);
  if (resolution.met) {
    return { found: { members: resolution.members.map(({ buildpack }) => buildpack), plan: resolution.plan } };
  }
  for (const reason of resolution.reasons) planFailures.add(reason);
  return 'fail';
}

/** Cheap, because built-in buildpacks only look at files and most were asked before. */
async function alternativesTo(
  chosen: readonly Buildpack[],
  later: readonly OrderGroup[],
  verdictOf: (group: OrderGroup) => Promise<Verdict<FoundGroup>>,
): Promise<readonly (readonly Buildpack[])[]> {
  const found: (readonly Buildpack[])[] = [];
  for (const group of later) {
    const simple = group.entries.every(({ buildpack }) => buildpack.kind === 'builtin');
    const verdict = simple ? await verdictOf(group) : 'fail';
    if (typeof verdict !== 'object') continue;
    const { members } = verdict.found;
    const known = [chosen, ...found].some((other) => members.every((buildpack) => other.includes(buildpack)));
    if (!known) found.push(members);
  }
  return found;
}
