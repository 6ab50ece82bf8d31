import type { Buildpack, DetectOutcome } from '../buildpack/buildpack.ts';
import { within } from '../buildpack/buildpack-variables.ts';
import { atLeast, currentPlatformApi } from '../cnb/api-version.ts';
import { appliesIn, defaultExecEnv } from '../cnb/exec-env.ts';
import { formatTarget, matchesTarget } from '../cnb/targets.ts';
import type { Report } from '../events.ts';
import { buildpackEnvironment } from './buildpack-environment.ts';
import type { DetectDependencies, DetectPhaseRequest, DetectTrial } from './detect.ts';
import { requireFit } from './require-fit.ts';
import type { Candidate } from './resolve-order.ts';

/** Asks every buildpack at most once in a detection, however many groups it is in (ORD-06). */
export class DetectTrials {
  readonly #request: DetectPhaseRequest;
  readonly #deps: DetectDependencies;
  readonly #outcomes = new Map<Buildpack, Promise<DetectOutcome>>();
  /** In the order in which they came up first. */
  readonly #trials = new Map<Buildpack, DetectTrial | undefined>();
  #reported = 0;

  constructor(request: DetectPhaseRequest, deps: DetectDependencies) {
    this.#request = request;
    this.#deps = deps;
  }

  /**
   * Whether it counts in a group: not in another execution environment (DET-22), and an optional one not for another target, where the
   * reference would run and select it (TGT-13).
   */
  accepts({ buildpack, optional }: Candidate): boolean {
    const { execEnv, targets } = buildpack.descriptor;
    const current = this.#request.execEnv ?? defaultExecEnv;
    if (this.#knows('0.15') && !appliesIn(execEnv, current))
      return this.#skip(buildpack, `it is not for the execution environment "${current}"`);
    if (optional && !this.#fitsTarget(targets)) return this.#skip(buildpack, this.#wrongTarget(buildpack));
    return true;
  }

  outcome(buildpack: Buildpack): Promise<DetectOutcome> {
    const known = this.#outcomes.get(buildpack);
    if (known !== undefined) return known;
    this.#trials.set(buildpack, undefined);
    const asked = this.#ask(buildpack);
    this.#outcomes.set(buildpack, asked);
    return asked;
  }

  list(): readonly DetectTrial[] {
    return [...this.#trials.values()].filter((trial) => trial !== undefined);
  }

  /** Reports those that came up since the last call, in that order, however long each took. */
  reportNew(report: Report): void {
    for (const { buildpack, result, reason, output } of this.list().slice(this.#reported)) {
      const { id, version } = buildpack.descriptor;
      const lines = output === '' ? [] : output.split('\n');
      for (const line of lines) {
        if (result === 'error') report({ type: 'output', source: id, stream: 'stdout', line });
        else report({ type: 'debug', message: `${id}: ${line}` });
      }
      report({ type: 'detected', buildpack: id, version, result, ...(reason !== undefined && { reason }) });
    }
    this.#reported = this.list().length;
  }

  async #ask(buildpack: Buildpack): Promise<DetectOutcome> {
    const outcome = await this.#run(buildpack);
    this.#trials.set(buildpack, {
      buildpack,
      result: outcome.result,
      output: outcome.output,
      wanted: outcome.result === 'fail' ? (outcome.wanted ?? []) : [],
      ...(outcome.reason !== undefined && { reason: outcome.reason }),
      ...(outcome.result === 'pass' && outcome.stack && { stack: outcome.stack }),
    });
    return outcome;
  }

  async #run(buildpack: Buildpack): Promise<DetectOutcome> {
    const { target, env, operatorEnv, appPath, execEnv = defaultExecEnv, isolation = 'auto' } = this.#request;
    const { environment, hostEnv, report, signal } = this.#deps;
    // A required one that cannot build for the target is an error of its group (TGT-12).
    if (!this.#fitsTarget(buildpack.descriptor.targets)) {
      return { result: 'error', reason: this.#wrongTarget(buildpack), output: '' };
    }
    requireFit(buildpack, environment, isolation);
    const { env: image, paths } = environment;
    const around = { hostEnv, home: paths.home.inside, image };
    return buildpack.detect({
      environment,
      app: within(environment.paths.app, appPath),
      env: buildpackEnvironment(buildpack, { ...around, user: env, operator: operatorEnv, target, execEnv }),
      target,
      hostEnv,
      report,
      signal,
    });
  }

  /** Before targets the platform looked after stacks (TGT-14). */
  #fitsTarget(targets: Buildpack['descriptor']['targets']): boolean {
    return !this.#knows('0.12') || matchesTarget(targets, this.#request.target);
  }

  #knows(platformApi: string): boolean {
    return atLeast(this.#request.platformApi ?? currentPlatformApi, platformApi);
  }

  #wrongTarget({ descriptor: { targets } }: Buildpack): string {
    return `it builds for ${targets.map(formatTarget).join(', ')}, not for ${formatTarget(this.#request.target)}`;
  }

  #skip(buildpack: Buildpack, reason: string): false {
    if (!this.#trials.has(buildpack)) {
      this.#trials.set(buildpack, { buildpack, result: 'skipped', reason, output: '', wanted: [] });
    }
    return false;
  }
}
