import type { BuildPlan, PlanSections } from '../cnb/build-plan.ts';
import { tomlTableFromPlain } from '../cnb/toml-value.ts';
import type { DetectResult, PlanAlternative } from './api.ts';

/** The build plan of a detection that passed. */
export function planFromResult({ provides, requires, or = [] }: Extract<DetectResult, { pass: true }>): BuildPlan {
  return {
    alternatives: [sections({ ...(provides && { provides }), ...(requires && { requires }) }), ...or.map(sections)],
  };
}

function sections({ provides = [], requires = [] }: PlanAlternative): PlanSections {
  return {
    provides: provides.map(({ name }) => ({ name })),
    requires: requires.map(({ name, metadata = {} }) => ({ name, metadata: tomlTableFromPlain(metadata) })),
  };
}
