import type { DebianPackage } from './debian-package.ts';
import type { Relation, Relations } from './relation.ts';
import { isMatch } from './relation.ts';

/** All that has to be there with a package. */
export function dependenciesOf({ preDepends, depends }: DebianPackage): Relations {
  return [...preDepends, ...depends];
}

/** Whether a package is what a relation asks for, by its own name or by one that it provides. */
export function fits(relation: Relation, found: DebianPackage): boolean {
  if (found.name === relation.name && isMatch(relation, found.version)) return true;
  return found.provides.flat().some((provided) => {
    if (provided.name !== relation.name) return false;
    // What is provided without a version has none: no version fits.
    return relation.operator === undefined || (provided.version !== undefined && isMatch(relation, provided.version));
  });
}

/** Whether packages of this architecture can be meant: `any` says that another would do as well. */
export function isForArchitecture({ qualifier }: Relation, architecture: string): boolean {
  return qualifier === undefined || qualifier === 'any' || qualifier === 'native' || qualifier === architecture;
}
