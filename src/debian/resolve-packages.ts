import { TsbuildpackError } from '../errors.ts';
import type { DebianPackage } from './debian-package.ts';
import { inDependencyOrder } from './dependency-order.ts';
import type { PackageArchive } from './package-archive.ts';
import { dependenciesOf, fits } from './package-relations.ts';
import { PackageSet } from './package-set.ts';
import type { Relation } from './relation.ts';
import { showRelation } from './relation.ts';

export interface ResolveOptions {
  /** What is there already, in the layers below: it is neither chosen again nor changed. @default none */
  readonly installed?: readonly DebianPackage[];
}

/**
 * The packages that have to be installed together for the wanted ones, dependencies first. Of each name the candidate of the archive is
 * taken, as apt does it; recommended packages are not. Where there is a choice, the first that leads to no conflict is made: the order is that
 * of alternatives, then that of providers (essential ones, then by priority and name).
 * Throws STACK_UNFIT naming what is missing or in conflict, and who asked for it.
 */
export function resolvePackages(
  archive: PackageArchive,
  wanted: readonly string[],
  { installed = [] }: ResolveOptions = {},
): readonly DebianPackage[] {
  const search = new Search(archive, installed);
  const names = wanted.map((name) => search.wantedName(name));
  // All of them before what they depend on, so that an alternative that is wanted anyway is the one that is taken.
  const goals = toList(names.map((name): Goal => ({ group: [{ name }], by: undefined })));
  if (!search.reach(goals)) throw search.failure(wanted);
  return inDependencyOrder(search.chosen());
}

/** What one package (none: the user) needs: one of these. */
interface Goal {
  readonly group: readonly Relation[];
  readonly by: DebianPackage | undefined;
}

type GoalList = { readonly goal: Goal; readonly next: GoalList } | undefined;

function toList(goals: readonly Goal[], next?: GoalList): GoalList {
  return goals.reduceRight<GoalList>((rest, goal) => ({ goal, next: rest }), next);
}

/** A real archive needs some hundreds; this is for one that was made to have no solution. */
const maxSteps = 5000;

class Search {
  readonly #archive: PackageArchive;
  readonly #installed: ReadonlySet<DebianPackage>;
  readonly #there: PackageSet;
  readonly #askedBy = new Map<DebianPackage, DebianPackage | undefined>();
  #steps = 0;
  /** The first one met says most: later ones are of second choices. */
  #failure: { readonly problem: string; readonly neededFor: readonly string[] } | undefined;

  constructor(archive: PackageArchive, installed: readonly DebianPackage[]) {
    this.#archive = archive;
    this.#installed = new Set(installed);
    this.#there = new PackageSet(installed);
  }

  chosen(): readonly DebianPackage[] {
    return this.#there.all().filter((found) => !this.#installed.has(found));
  }

  /** The package that a user's word means: a name, or what only one package provides. */
  wantedName(word: string): string {
    if (this.#there.named(word) !== undefined || this.#archive.candidate(word) !== undefined) return word;
    const providers = this.#archive.providers(word).map(({ name }) => name);
    const [only] = providers;
    if (only !== undefined && providers.length === 1) return only;
    throw new TsbuildpackError(
      'STACK_UNFIT',
      providers.length === 0
        ? `Cannot find package "${word}" for ${this.#archive.architecture} in ${this.#suites()}`
        : `Cannot choose a package for "${word}": several provide it`,
      {
        hint:
          providers.length === 0
            ? 'Check its name, the suites and the components'
            : `Name one of ${providers.join(', ')}`,
      },
    );
  }

  /** Whether all goals can be reached together; what was chosen stays if so, and is as before if not. */
  reach(goals: GoalList): boolean {
    let rest = goals;
    while (rest !== undefined && this.#isReached(rest.goal)) rest = rest.next;
    if (rest === undefined) return true;
    const { goal, next } = rest;
    const options = this.#options(goal);
    if (options.length === 0) this.#note(this.#missing(goal), goal.by);
    for (const option of options) {
      this.#steps += 1;
      if (this.#steps > maxSteps) return false;
      const quarrel = this.#there.quarrelWith(option);
      if (quarrel !== undefined) this.#note(quarrel, goal.by);
      else if (this.#reachWith(option, goal, next)) return true;
    }
    return false;
  }

  #reachWith(option: DebianPackage, { by }: Goal, next: GoalList): boolean {
    this.#there.add(option);
    this.#askedBy.set(option, by);
    const needs = dependenciesOf(option).map((group): Goal => ({ group, by: option }));
    // What the user asked for comes before what that needs.
    if (this.reach(by === undefined ? append(next, needs) : toList(needs, next))) return true;
    this.#there.remove(option);
    this.#askedBy.delete(option);
    return false;
  }

  failure(wanted: readonly string[]): TsbuildpackError {
    const { problem, neededFor } = this.#failure ?? { problem: 'there are too many combinations', neededFor: [] };
    const asked = neededFor.length === 0 ? wanted.join(', ') : neededFor.join(', which is for ');
    return new TsbuildpackError('STACK_UNFIT', `Cannot choose packages: ${problem}`, {
      detail: `Needed for ${asked}`,
      hint: `The packages come from ${this.#suites()}. Leave out one of those that exclude each other; a mirror in the middle of an update can lack some for a while`,
    });
  }

  #note(problem: string, by: DebianPackage | undefined): void {
    if (this.#failure !== undefined) return;
    // Now: what asked for it may be gone when all has failed.
    const neededFor: string[] = [];
    for (let at = by; at !== undefined; at = this.#askedBy.get(at)) neededFor.push(at.name);
    this.#failure = { problem, neededFor };
  }

  #isReached({ group }: Goal): boolean {
    return group.some((relation) => this.#there.fitting(relation).length > 0);
  }

  #options({ group }: Goal): readonly DebianPackage[] {
    const found = group.flatMap((relation) => {
      const named = this.#archive.candidate(relation.name);
      const providers = this.#archive.providers(relation.name).toSorted(byPreference);
      return [...(named === undefined ? [] : [named]), ...providers].filter((option) => fits(relation, option));
    });
    // Of a name that is there already in another version there is no second one.
    return [...new Set(found)].filter(({ name }) => this.#there.named(name) === undefined);
  }

  #missing({ group }: Goal): string {
    const there = group.map((relation) => {
      const found = this.#there.named(relation.name) ?? this.#archive.candidate(relation.name);
      return found === undefined ? `there is no ${relation.name}` : `there is ${found.name} ${found.version}`;
    });
    return `${group.map(showRelation).join(' | ')} cannot be had, ${there.join(', ')}`;
  }

  #suites(): string {
    return this.#archive.snapshot.map(({ suite, date }) => `${suite} of ${date.toISOString().slice(0, 10)}`).join(', ');
  }
}

function append(list: GoalList, goals: readonly Goal[]): GoalList {
  const before: Goal[] = [];
  for (let at = list; at !== undefined; at = at.next) before.push(at.goal);
  return toList([...before, ...goals]);
}

const priorities = ['required', 'important', 'standard', 'optional', 'extra'];

function byPreference(a: DebianPackage, b: DebianPackage): number {
  return (
    Number(b.isEssential) - Number(a.isEssential) ||
    priorities.indexOf(a.priority) - priorities.indexOf(b.priority) ||
    (a.name < b.name ? -1 : 1)
  );
}
