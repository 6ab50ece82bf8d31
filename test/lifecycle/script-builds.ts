import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
import type { Buildpack } from '../../src/buildpack/buildpack.ts';
import type { ResolvedPlan } from '../../src/cnb/plan.ts';
import type { BuildPhaseRequest, BuildPhaseResult } from '../../src/lifecycle/build.ts';
import type { Phases, ScriptBuildpack } from './phase-fixture.ts';
import { openPhases } from './phase-fixture.ts';

export interface ScriptBuilds {
  readonly phases: Phases;
  /** Builds with scripts, each a buildpack of its own; `id` is made up where the test does not care. */
  readonly build: (
    scripts: readonly (Partial<ScriptBuildpack> | string)[],
    options?: Partial<BuildPhaseRequest>,
  ) => Promise<BuildPhaseResult>;
  /** The layers directory of the buildpack at a place of the group. */
  readonly dirOf: (result: BuildPhaseResult, index?: number) => string;
}

/** The layers directory and the events are empty before every test. */
export async function openScriptBuilds(): Promise<ScriptBuilds> {
  const phases = await openPhases();
  let count = 0;
  beforeEach(() => {
    phases.events.length = 0;
    for (const name of readdirSync(phases.layers)) rmSync(join(phases.layers, name), { recursive: true });
  });
  const load = (script: Partial<ScriptBuildpack> | string): Promise<Buildpack> => {
    count += 1;
    const parts = typeof script === 'string' ? { build: script } : script;
    return phases.script({ ...parts, id: parts.id ?? `test/b${count}`, version: `1.0.${count}` });
  };
  const noPlan: ResolvedPlan = { entries: [] };
  return {
    phases,
    build: async (scripts, options = {}) =>
      phases.build({ group: await Promise.all(scripts.map(load)), plan: options.plan ?? noPlan }, options),
    dirOf: (result, index = 0) => join(phases.layers, idOf(result, index).replaceAll('/', '_')),
  };
}

export function idOf({ outputs }: BuildPhaseResult, index = 0): string {
  return outputs[index]?.buildpack.descriptor.id ?? '';
}

/** A shell command that prints lines of TOML, which must not hold single quotes. */
export function toml(text: string): string {
  return `printf '%s\\n' '${text.replaceAll('\n', "' '")}'`;
}
