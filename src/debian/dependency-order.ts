import type { DebianPackage } from './debian-package.ts';
import { dependenciesOf } from './package-relations.ts';
import { PackageSet } from './package-set.ts';

/** Dependencies first, else by name; where they go in a circle, it is entered at the first name. */
export function inDependencyOrder(packages: readonly DebianPackage[]): readonly DebianPackage[] {
  const ordered = new Set<DebianPackage>();
  const entered = new Set<DebianPackage>();
  const byName = packages.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const set = new PackageSet(byName);
  const visit = (found: DebianPackage): void => {
    if (entered.has(found)) return;
    entered.add(found);
    for (const relation of dependenciesOf(found).flat()) {
      for (const needed of set.fitting(relation)) visit(needed);
    }
    ordered.add(found);
  };
  for (const found of byName) visit(found);
  return [...ordered];
}
