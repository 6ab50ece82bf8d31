import type { DebianPackage } from './debian-package.ts';
import type { Relation, Relations } from './relation.ts';
import { isMatch } from './relation.ts';

/** All that has to be there with a package. */
export function dependenciesOf({ preDepends, depends }: DebianPackage): Relations {
  return [...preDepends, ...depends];
}

/** Whether a package is what a relation asks for, by its own name or by one that it provides. */
export function fits(relation: Relation, found: DebianPackage): boolean {
  if (!isForArchitecture(relation, found)) return false;
  if (found.name === relation.name && isMatch(relation, found.version)) return true;
  return found.provides.flat().some((provided) => {
    if (provided.name !== relation.name) return false;
    // What is provided without a version has none: no version fits.
    return relation.operator === undefined || (provided.version !== undefined && isMatch(relation, provided.version));
  });
}

/** `python3:any` says that one of another architecture would do as well, `libc6:arm64` that only one of that would. */
function isForArchitecture({ qualifier = 'native' }: Relation, { architecture }: DebianPackage): boolean {
  return ['native', 'any', architecture].includes(qualifier) || architecture === 'all';
}
