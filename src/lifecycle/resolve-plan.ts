import type { BuildPlan, PlanRequire, PlanSections } from '../cnb/build-plan.ts';
import type { PlanProvider, ResolvedPlan, ResolvedPlanEntry } from '../cnb/plan.ts';

/** A buildpack that passed detection. */
export interface PlanMember {
  readonly id: string;
  readonly version: string;
  readonly optional: boolean;
  readonly extension?: true;
  readonly plan: BuildPlan;
}

export type PlanResolution<M extends PlanMember> =
  | { readonly met: true; readonly members: readonly M[]; readonly plan: ResolvedPlan }
  /** One sentence for each trial's end, without repetition. */
  | { readonly met: false; readonly reasons: readonly string[] };

/** One alternative of each member's plan. */
type Trial<M> = readonly Choice<M>[];

interface Choice<M> {
  readonly member: M;
  readonly sections: PlanSections;
  readonly optional: boolean;
}

/**
 * Finds alternatives of the members' plans that fit together — https://github.com/buildpacks/spec/blob/main/buildpack.md#phase-1-detection.
 * They are tried with the leftmost member's changing slowest (PLN-02); optional members that do not fit are dropped.
 */
export function resolvePlan<M extends PlanMember>(members: readonly M[]): PlanResolution<M> {
  const reasons = new Set<string>();
  for (const trial of trialsOf(members)) {
    const outcome = settle(trial);
    if (typeof outcome === 'string') reasons.add(outcome);
    else return { met: true, members: outcome.map(({ member }) => member), plan: planOf(outcome) };
  }
  return { met: false, reasons: [...reasons] };
}

function* trialsOf<M extends PlanMember>(members: readonly M[]): Generator<Trial<M>> {
  const [first, ...rest] = members;
  if (first === undefined) {
    yield [];
    return;
  }
  const { alternatives } = first.plan;
  for (const [index, sections] of alternatives.entries()) {
    // All alternatives come before it is left out, so only the last one is optional (PLN-07).
    const choice = { member: first, sections, optional: first.optional && index === alternatives.length - 1 };
    for (const others of trialsOf(rest)) yield [choice, ...others];
  }
}

/** The trial without the optional members that do not fit, or why it fails. */
function settle<M extends PlanMember>(trial: Trial<M>): Trial<M> | string {
  let current = trial;
  for (;;) {
    const misfits = misfitsOf(current);
    if (misfits.length === 0) break;
    const fatal = misfits.find(({ choice }) => !choice.optional);
    if (fatal !== undefined) return fatal.reason;
    const dropped = new Set(misfits.map(({ choice }) => choice));
    current = current.filter((choice) => !dropped.has(choice));
  }
  return current.length === 0 ? 'no buildpack is left in the group' : current;
}

interface Misfit<M> {
  readonly choice: Choice<M>;
  readonly reason: string;
}

/** PLN-03 and PLN-04; within one alternative provides come first, so a buildpack may meet its own wish (PLN-05). */
function misfitsOf<M extends PlanMember>(trial: Trial<M>): readonly Misfit<M>[] {
  const provided = new Set<string>();
  const waiting = new Map<string, Choice<M>[]>();
  const misfits: Misfit<M>[] = [];
  for (const choice of trial) {
    for (const { name } of choice.sections.provides) {
      provided.add(name);
      waiting.set(name, [...(waiting.get(name) ?? []), choice]);
    }
    for (const { name } of choice.sections.requires) {
      waiting.delete(name);
      if (!provided.has(name))
        misfits.push({ choice, reason: `${choice.member.id} requires "${name}", which nobody provides` });
    }
  }
  for (const [name, choices] of waiting) {
    for (const choice of choices) {
      misfits.push({ choice, reason: `${choice.member.id} provides "${name}", which nobody requires` });
    }
  }
  return misfits;
}

interface OpenEntry {
  readonly waiting: PlanProvider[];
  readonly providers: PlanProvider[];
  readonly requires: PlanRequire[];
}

/** Every provider up to the last requirement of a name, sorted by name so that the file is the same every time (PLN-13). */
function planOf<M extends PlanMember>(trial: Trial<M>): ResolvedPlan {
  const entries = new Map<string, OpenEntry>();
  const entryOf = (name: string): OpenEntry => {
    const entry = entries.get(name) ?? { waiting: [], providers: [], requires: [] };
    entries.set(name, entry);
    return entry;
  };
  for (const { member, sections } of trial) {
    const { id, version, extension } = member;
    const provider = { id, version, ...(extension && { extension }) };
    for (const { name } of sections.provides) entryOf(name).waiting.push(provider);
    for (const wish of sections.requires) {
      const entry = entryOf(wish.name);
      entry.providers.push(...entry.waiting.splice(0));
      entry.requires.push(wish);
    }
  }
  const sorted = [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { entries: sorted.map(([, { providers, requires }]): ResolvedPlanEntry => ({ providers, requires })) };
}
