import { parseToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import type { TomlTable } from './toml-value.ts';

/** What one buildpack's detection writes — https://github.com/buildpacks/spec/blob/main/buildpack.md#build-plan-toml */
export interface BuildPlan {
  /** At least one: the top-level pair first, then each `[[or]]` in the order of the file (PLN-01). */
  readonly alternatives: readonly [PlanSections, ...PlanSections[]];
}

export interface PlanSections {
  readonly provides: readonly { readonly name: string }[];
  readonly requires: readonly PlanRequire[];
}

export interface PlanRequire {
  readonly name: string;
  readonly metadata: TomlTable;
}

/** An empty file is a plan without wishes (DET-08). Throws BUILDPACK_FAILED. */
export function parseBuildPlan(text: string | Uint8Array, file: string): BuildPlan {
  const code = 'BUILDPACK_FAILED';
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  return { alternatives: [sectionsFrom(root), ...root.tables('or').map(sectionsFrom)] };
}

function sectionsFrom(section: TomlReader): PlanSections {
  return {
    provides: section.tables('provides').map((provide) => ({ name: provide.string('name') ?? '' })),
    requires: section.tables('requires').map(requireFrom),
  };
}

function requireFrom(entry: TomlReader): PlanRequire {
  const name = entry.string('name') ?? '';
  if (entry.string('version')) {
    throw entry.error(`requirement "${name}" has a "version" key`, 'Write "metadata.version" instead');
  }
  return { name, metadata: entry.rawTable('metadata') ?? {} };
}

/** The document that `parseBuildPlan` reads. */
export function buildPlanTable({ alternatives: [first, ...rest] }: BuildPlan): TomlTable {
  return { ...sectionsTable(first), ...(rest.length > 0 && { or: rest.map(sectionsTable) }) };
}

function sectionsTable({ provides, requires }: PlanSections): TomlTable {
  return {
    ...(provides.length > 0 && { provides: provides.map(({ name }) => ({ name })) }),
    ...(requires.length > 0 && { requires: requires.map(requireTable) }),
  };
}

export function requireTable({ name, metadata }: PlanRequire): TomlTable {
  return { name, ...(Object.keys(metadata).length > 0 && { metadata }) };
}
