import { TsbuildpackError } from '../errors.ts';
import type { VersionOperator } from './version.ts';
import { isSatisfied } from './version.ts';

/** `libc6 (>= 2.36)`: https://www.debian.org/doc/debian-policy/ch-relationships.html */
export interface Relation {
  readonly name: string;
  /** What follows the colon in `python3:any`. */
  readonly qualifier?: string;
  readonly operator?: VersionOperator;
  readonly version?: string;
}

/** All of them are wanted; of each, one alternative. */
export type Relations = readonly (readonly Relation[])[];

const pattern =
  /^(?<name>[a-z0-9][a-z0-9+.-]*)(?::(?<qualifier>[a-z0-9-]+))?\s*(?:\(\s*(?<operator><<|<=|=|>=|>>|<|>)\s*(?<version>[^\s()]+)\s*\))?$/;

/** `<` and `>` are old names of `<=` and `>=`. */
const operators: Readonly<Record<string, VersionOperator>> = {
  '<<': '<<',
  '<=': '<=',
  '=': '=',
  '>=': '>=',
  '>>': '>>',
  '<': '<=',
  '>': '>=',
};

/** Parses a field like `Depends`. Throws STACK_UNFIT naming what is no relation; `owner` says whose it is. */
export function parseRelations(text: string | undefined, owner: string): Relations {
  if (text === undefined) return [];
  return text
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
    .map((group) => group.split('|').map((alternative) => parseRelation(alternative.trim(), owner)));
}

function parseRelation(text: string, owner: string): Relation {
  const { name, qualifier, operator, version } = pattern.exec(text)?.groups ?? {};
  if (name === undefined) {
    throw new TsbuildpackError(
      'STACK_UNFIT',
      `Cannot use ${owner}: "${text.slice(0, 100)}" is no relation to a package`,
    );
  }
  const known = operators[operator ?? ''];
  return {
    name,
    ...(qualifier !== undefined && { qualifier }),
    ...(known !== undefined && version !== undefined && { operator: known, version }),
  };
}

/** As in a control file. */
export function showRelation({ name, qualifier, operator, version }: Relation): string {
  const suffix = qualifier === undefined ? '' : `:${qualifier}`;
  return operator === undefined ? `${name}${suffix}` : `${name}${suffix} (${operator} ${version})`;
}

/** Whether a package of that name and version is what the relation asks for. */
export function isMatch({ operator, version }: Relation, found: string): boolean {
  return operator === undefined || version === undefined || isSatisfied(found, operator, version);
}
