import type { StackNeed, Target } from '../buildpack/api.ts';
import type { Buildpack, DetectOutcome } from '../buildpack/buildpack.ts';
import type { ApiVersion } from '../cnb/api-version.ts';
import { atLeast, currentPlatformApi } from '../cnb/api-version.ts';
import type { EnvFile } from '../cnb/env-modification.ts';
import { defaultExecEnv } from '../cnb/exec-env.ts';
import type { ResolvedPlan } from '../cnb/plan.ts';
import type { BuildEnvironment, Isolation } from '../environment/build-environment.ts';
import type { Report } from '../events.ts';
import type { OrderGroup } from './create-request.ts';
import { DetectTrials } from './detect-trials.ts';
import { withBindingRoot, writePlatformDirectory, type Binding } from './platform-directory.ts';
import type { Candidate, CandidateGroup, Verdict } from './resolve-order.ts';
import { resolveOrder } from './resolve-order.ts';
import { resolvePlan } from './resolve-plan.ts';

export interface DetectPhaseRequest {
  readonly order: readonly OrderGroup[];
  /** Groups of image extensions, for a platform that has them. */
  readonly extensions?: readonly OrderGroup[];
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
  readonly bindings?: readonly Binding[];
  /** The isolation that was asked for. @default 'auto' */
  readonly isolation?: Isolation | 'auto';
}

export interface DetectDependencies {
  readonly environment: BuildEnvironment;
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  /** Told of every group that is tried, composites replaced. */
  readonly onTrial?: ((trial: GroupTrial) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One group without composites, and what came of it. */
export interface GroupTrial {
  readonly entries: readonly {
    readonly buildpack: Buildpack;
    readonly optional: boolean;
    readonly result: 'pass' | 'fail' | 'error';
    readonly reason?: string;
    /** It passed, but nobody needs it or what it needs. */
    readonly dropped: boolean;
  }[];
  readonly verdict: 'found' | 'fail' | 'error';
  /** Why their plans do not fit, or why nothing is left. */
  readonly problems: readonly string[];
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
  /** Image extensions that take part. */
  readonly extensions: readonly Buildpack[];
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
  const env = withBindingRoot(request.env, request.bindings, paths.platform);
  if (!given) await writePlatformDirectory(paths.platform.host, env, request.bindings);
  const trials = new DetectTrials({ ...request, env }, deps);
  const knowsExecEnv = atLeast(request.platformApi ?? currentPlatformApi, '0.15');
  const planFailures = new Set<string>();
  const verdictOf = (group: OrderGroup): Promise<Verdict<FoundGroup>> =>
    resolveOrder([group], {
      buildpacks: request.buildpacks,
      ...(request.extensions && { extensions: request.extensions }),
      // Execution environments are known since 0.15 (DET-22).
      execEnv: knowsExecEnv ? (request.execEnv ?? defaultExecEnv) : undefined,
      accept: (candidate) => trials.accepts(candidate),
      tryGroup: async (candidates) => {
        const tried = await tryGroup(candidates, trials);
        deps.onTrial?.(trialOf(tried));
        for (const problem of tried.unmet) planFailures.add(problem);
        return tried.verdict;
      },
    });
  let errors = false;
  for (const [index, group] of request.order.entries()) {
    const verdict = await verdictOf(group);
    trials.reportNew(deps.report);
    if (typeof verdict === 'object') {
      const { plan } = verdict.found;
      const members = verdict.found.members.filter(({ isExtension }) => !isExtension);
      const extensions = verdict.found.members.filter(({ isExtension }) => isExtension);
      deps.report({ type: 'group', buildpacks: members.map(({ descriptor: { id, version } }) => ({ id, version })) });
      const alternatives = await alternativesTo(members, request.order.slice(index + 1), verdictOf);
      return { found: true, group: members, extensions, plan, trials: trials.list(), alternatives };
    }
    if (verdict === 'error') errors = true;
  }
  return { found: false, trials: trials.list(), errors, planFailures: [...planFailures] };
}

interface FoundGroup {
  readonly members: readonly Buildpack[];
  readonly plan: ResolvedPlan;
}

interface TriedGroup {
  readonly outcomes: readonly (Candidate & { readonly outcome: DetectOutcome })[];
  readonly verdict: Verdict<FoundGroup>;
  /** Why their plans do not fit. */
  readonly unmet: readonly string[];
}

/** DET-12 to DET-15 */
async function tryGroup(candidates: CandidateGroup, trials: DetectTrials): Promise<TriedGroup> {
  const outcomes = await Promise.all(
    candidates.map(async (candidate) => ({ ...candidate, outcome: await trials.outcome(candidate.buildpack) })),
  );
  const passed = outcomes.flatMap(({ buildpack, optional, outcome }) => {
    if (outcome.result !== 'pass') return [];
    const { id, version } = buildpack.descriptor;
    const extension = buildpack.isExtension && { extension: buildpack.isExtension };
    return [{ buildpack, id, version, optional, ...extension, plan: outcome.plan }];
  });
  if (outcomes.some(({ optional, outcome }) => !optional && outcome.result !== 'pass')) {
    const verdict = outcomes.some(({ outcome }) => outcome.result === 'error') ? 'error' : 'fail';
    return { outcomes, verdict, unmet: [] };
  }
  if (passed.every(({ extension }) => extension)) return { outcomes, verdict: 'fail', unmet: [] };
  const resolution = resolvePlan(passed);
  if (!resolution.met) return { outcomes, verdict: 'fail', unmet: resolution.reasons };
  const found = { members: resolution.members.map(({ buildpack }) => buildpack), plan: resolution.plan };
  return { outcomes, verdict: { found }, unmet: [] };
}

function trialOf({ outcomes, verdict, unmet }: TriedGroup): GroupTrial {
  const members = typeof verdict === 'object' ? verdict.found.members : undefined;
  const isEmpty = outcomes.every(({ optional, outcome }) => optional && outcome.result !== 'pass');
  const problems = isEmpty ? ['no buildpack is left in the group'] : unmet;
  return {
    entries: outcomes.map(({ buildpack, optional, outcome: { result, reason } }) => ({
      buildpack,
      optional,
      result,
      ...(reason !== undefined && { reason }),
      dropped: result === 'pass' && members !== undefined && !members.includes(buildpack),
    })),
    verdict: typeof verdict === 'object' ? 'found' : verdict,
    problems: members === undefined ? problems : [],
  };
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
