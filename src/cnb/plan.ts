import type { PlanRequire } from './build-plan.ts';
import { requireTable } from './build-plan.ts';
import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

/** plan.toml, the resolved build plan — https://github.com/buildpacks/spec/blob/main/platform.md#plantoml-toml */
export interface ResolvedPlan {
  readonly entries: readonly ResolvedPlanEntry[];
}

/** All requirements of one name, with every provider that can meet them, in the order of the group. */
export interface ResolvedPlanEntry {
  readonly providers: readonly PlanProvider[];
  readonly requires: readonly PlanRequire[];
}

export interface PlanProvider {
  readonly id: string;
  readonly version: string;
  readonly extension?: true;
}

/** Throws BUILD_FAILED. */
export function parsePlan(text: string | Uint8Array, file: string): ResolvedPlan {
  const code = 'BUILD_FAILED';
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  return {
    entries: root.tables('entries').map((entry) => ({
      providers: entry.tables('providers').map(providerFrom),
      requires: entry
        .tables('requires')
        .map((wish) => ({ name: wish.string('name') ?? '', metadata: wish.rawTable('metadata') ?? {} })),
    })),
  };
}

function providerFrom(provider: TomlReader): PlanProvider {
  const isExtension = provider.boolean('extension');
  return {
    id: provider.required('id'),
    version: provider.string('version') ?? '',
    ...(isExtension && { extension: true }),
  };
}

export function writePlan(plan: ResolvedPlan): string {
  return writeToml({
    entries: plan.entries.map(({ providers, requires }) => ({
      providers: providers.map(({ id, version, extension }) => ({ id, version, ...(extension && { extension }) })),
      requires: requires.map(requireTable),
    })),
  });
}
