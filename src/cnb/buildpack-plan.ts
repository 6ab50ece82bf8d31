import type { PlanRequire } from './build-plan.ts';
import { requireTable } from './build-plan.ts';
import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

/** What one buildpack is asked for — https://github.com/buildpacks/spec/blob/main/buildpack.md#buildpack-plan-toml */
export interface BuildpackPlan {
  readonly entries: readonly PlanRequire[];
}

/** Throws BUILD_FAILED. */
export function parseBuildpackPlan(text: string | Uint8Array, file: string): BuildpackPlan {
  const code = 'BUILD_FAILED';
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  return {
    entries: root
      .tables('entries')
      .map((entry) => ({ name: entry.string('name') ?? '', metadata: entry.rawTable('metadata') ?? {} })),
  };
}

export function writeBuildpackPlan(plan: BuildpackPlan): string {
  return writeToml({ entries: plan.entries.map(requireTable) });
}
