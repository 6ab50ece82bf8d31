import { TsbuildpackError } from '../errors.ts';
import type { Distribution } from '../debian/distribution.ts';
import type { Stack } from './load-stack.ts';
import { isBuiltin, stackFamily } from './load-stack.ts';
import type { StackHalfDocument } from './stack-document.ts';

export type HalfName = 'run' | 'build';

export type StackDistribution = Distribution & {
  /** As `VERSION_ID` of os-release(5). */
  readonly version: string;
};

/** One half of a stack with everything that it inherits. */
export interface StackHalf {
  readonly stack: Stack;
  readonly name: HalfName;
  /** `layers`: made here. `image`: somebody else's. `host`: no image, builds run over this machine's root file system. */
  readonly kind: 'layers' | 'image' | 'host';
  readonly uid: number;
  readonly gid: number;
  readonly home: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Bottom first; one layer each. */
  readonly parts: readonly StackPart[];
  /** Of kind `image`. */
  readonly image: string | undefined;
  readonly fallback: string | undefined;
  readonly publishedAs: string | undefined;
  /** Whose packages it holds; undefined when it has none. */
  readonly distribution: StackDistribution | undefined;
}

/** What one stack adds to a half: one layer. */
export interface StackPart {
  readonly stack: Stack;
  readonly half: HalfName;
  readonly document: StackHalfDocument;
  /** The numeric user whose home it makes. */
  readonly uid: number;
  readonly home: string | undefined;
}

/** What a stack has that extends none and says nothing. */
const nothing = {
  kind: 'layers',
  uid: 0,
  gid: 0,
  home: undefined,
  env: {},
  parts: [],
  image: undefined,
  fallback: undefined,
} as const;

/** Throws STACK_UNFIT when halves do not fit together. */
export function stackHalf(stack: Stack, name: HalfName): StackHalf {
  const parent = stack.parent && stackHalf(stack.parent, name);
  const inherited = parent ?? nothing;
  const document = stack.document[name];
  const { uid = inherited.uid, gid = inherited.gid, home = inherited.home } = document;
  const kind = document.from === undefined ? inherited.kind : kindOf(document.from);
  if (kind !== 'layers' && addsFiles(document)) throw unfit(stack, name, kind);
  const parts = kind === 'layers' ? partsOf(stack, name, { below: parent, uid, home }) : [];
  return {
    stack,
    name,
    kind,
    uid,
    gid,
    home,
    env: { ...inherited.env, ...document.env },
    parts,
    image: document.image ?? inherited.image,
    fallback: fallbackOf(document, inherited.fallback),
    publishedAs: document['published-as'],
    distribution: parts.some((part) => part.document.packages.length > 0) ? distributionOf(stack) : undefined,
  };
}

/** What stands in for the extended stack does not do so once something was added. */
function fallbackOf(document: StackHalfDocument, inherited: string | undefined): string | undefined {
  return document.fallback ?? (addsFiles(document) ? undefined : inherited);
}

export function partAt({ parts, stack }: StackHalf, index: number): StackPart {
  const part = parts[index];
  if (part === undefined) throw new Error(`Stack ${stack.name} has no part ${index}`);
  return part;
}

function kindOf(from: NonNullable<StackHalfDocument['from']>): StackHalf['kind'] {
  return from === 'host' || from === 'image' ? from : 'layers';
}

interface Below {
  readonly below: StackHalf | undefined;
  readonly uid: number;
  readonly home: string | undefined;
}

/** A build half stands on the run half of its own stack, so that what is compiled there finds the libraries that it will run with. */
function partsOf(stack: Stack, name: HalfName, { below, uid, home }: Below): readonly StackPart[] {
  const document = stack.document[name];
  const own: StackPart = { stack, half: name, document, uid, home: document.home };
  if (below?.kind === 'layers') return addsFiles(document) || hasAccounts(stack) ? [...below.parts, own] : below.parts;
  if (name === 'run') {
    if (below !== undefined) throw unfit(stack, name, below.kind);
    return document.from === 'scratch' ? [] : [own];
  }
  return [...stackHalf(stack, 'run').parts, { ...own, home }];
}

function addsFiles({ packages, files, directories, links, home }: StackHalfDocument): boolean {
  return packages.length + files.length + directories.length + links.length > 0 || home !== undefined;
}

function hasAccounts({ document: { users, groups } }: Stack): boolean {
  return users.length + groups.length > 0;
}

function distributionOf(stack: Stack): StackDistribution {
  const own = stackFamily(stack).find(({ document }) => document.distribution !== undefined);
  if (own?.document.distribution !== undefined) {
    const { keys, ...about } = own.document.distribution;
    return { ...about, keys: keys.flatMap((name) => own.sources.get(name) ?? []) };
  }
  throw new TsbuildpackError('STACK_UNFIT', `Cannot use stack "${stack.name}": it has packages but no [distribution]`, {
    hint: 'Extend a stack that has one, for example: extends = "base"',
  });
}

function unfit({ name }: Stack, half: HalfName, kind: StackHalf['kind']): TsbuildpackError {
  const what = kind === 'image' ? 'an image of others' : 'no image';
  return new TsbuildpackError(
    'STACK_UNFIT',
    `Cannot use stack "${name}": its ${half} half is ${what} and takes no files`,
    {
      hint: 'Extend a stack that is made of packages or files',
    },
  );
}

/** In messages and labels. */
export function stackId({ name }: Stack): string {
  return `tsbuildpack.stacks.${name}`;
}

/** Built-in ones that a stack stands on, itself included: what says that it runs on one of them says so of this stack. */
export function builtinFamily(stack: Stack): readonly string[] {
  return stackFamily(stack)
    .filter(isBuiltin)
    .map(({ name }) => name);
}
