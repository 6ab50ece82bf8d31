import type { DebianPackage } from './debian-package.ts';
import { fits } from './package-relations.ts';
import type { Relation } from './relation.ts';
import { showRelation } from './relation.ts';

/** Packages that are to be there together, found by every name that they go by or quarrel with. */
export class PackageSet {
  readonly #named = new Map<string, DebianPackage>();
  readonly #called = new Map<string, Set<DebianPackage>>();
  readonly #quarrelling = new Map<string, Set<DebianPackage>>();

  constructor(packages: Iterable<DebianPackage> = []) {
    for (const found of packages) this.add(found);
  }

  add(found: DebianPackage): void {
    this.#named.set(found.name, found);
    for (const name of namesOf(found)) sets(this.#called, name).add(found);
    for (const { name } of quarrelsOf(found)) sets(this.#quarrelling, name).add(found);
  }

  remove(found: DebianPackage): void {
    this.#named.delete(found.name);
    for (const name of namesOf(found)) this.#called.get(name)?.delete(found);
    for (const { name } of quarrelsOf(found)) this.#quarrelling.get(name)?.delete(found);
  }

  /** The package of that very name. */
  named(name: string): DebianPackage | undefined {
    return this.#named.get(name);
  }

  all(): readonly DebianPackage[] {
    return [...this.#named.values()];
  }

  /** Those that are what a relation asks for. */
  fitting(relation: Relation): readonly DebianPackage[] {
    return [...(this.#called.get(relation.name) ?? [])].filter((found) => fits(relation, found));
  }

  /** Why a package cannot be there together with these; undefined when it can. */
  quarrelWith(candidate: DebianPackage): string | undefined {
    for (const relation of quarrelsOf(candidate)) {
      const foe = this.fitting(relation).find((found) => found !== candidate);
      if (foe !== undefined) return explain(candidate, relation, foe);
    }
    for (const found of namesOf(candidate).flatMap((name) => [...(this.#quarrelling.get(name) ?? [])])) {
      const relation = found === candidate ? undefined : quarrelsOf(found).find((each) => fits(each, candidate));
      if (relation !== undefined) return explain(found, relation, candidate);
    }
    return undefined;
  }
}

function explain(a: DebianPackage, relation: Relation, b: DebianPackage): string {
  const verb = a.conflicts.flat().includes(relation) ? 'conflicts with' : 'breaks';
  return `${a.name} ${verb} ${showRelation(relation)}, which ${b.name} ${b.version} is`;
}

function quarrelsOf({ conflicts, breaks }: DebianPackage): readonly Relation[] {
  return [...conflicts, ...breaks].flat();
}

function namesOf({ name, provides }: DebianPackage): readonly string[] {
  return [name, ...provides.flat().map((provided) => provided.name)];
}

function sets(map: Map<string, Set<DebianPackage>>, name: string): Set<DebianPackage> {
  const found = map.get(name) ?? new Set();
  map.set(name, found);
  return found;
}
