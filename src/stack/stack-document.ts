import * as v from 'valibot';
import { schemaProblem } from '../cnb/schema-problems.ts';
import { parseToml } from '../cnb/toml.ts';
import { plainTableFromToml } from '../cnb/toml-value.ts';
import { TsbuildpackError } from '../errors.ts';
import type { GroupRule, UserRule } from '../debian/install-rules.ts';
import { stackSchema } from './stack-schema.ts';

/** stack.toml, a document of our own: see docs/stacks.md. */
export interface StackDocument {
  readonly description: string;
  /** The stack that both halves stand on. */
  readonly extends?: string;
  /** Whose packages; inherited by stacks that extend this one. */
  readonly distribution?: StackDistribution;
  readonly run: StackHalfDocument & { readonly from?: Exclude<StackHalfDocument['from'], 'host'> };
  readonly build: StackHalfDocument;
  readonly users: readonly UserRule[];
  readonly groups: readonly GroupRule[];
  readonly install: InstallSection;
}

export interface StackDistribution {
  /** As in os-release. */
  readonly id: string;
  readonly version: string;
  readonly codename: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Names of files beside stack.toml: the OpenPGP keys that sign the suites. */
  readonly keys: readonly string[];
}

/** What is absent is that of the stack that is extended. */
export interface StackHalfDocument extends Partial<StackUser> {
  /** Absent: what the extended stack has, with what is listed here on top. */
  readonly from?: 'packages' | 'files' | 'scratch' | 'image' | 'host';
  readonly packages: readonly string[];
  /** Dependencies that are known not to be needed here, and are left out. */
  readonly without: readonly string[];
  /** With `from = "image"`: a reference or any place. */
  readonly image?: string;
  /** The public image that stands in where no packages can be had. */
  readonly fallback?: string;
  /** The name under which somebody publishes the image; else a local one. */
  readonly 'published-as'?: string;
  /** Made for the user, writable by group 0, because some platforms start containers as an arbitrary user of that group. */
  readonly home?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly StackFile[];
  readonly directories: readonly StackDirectory[];
  readonly links: readonly StackLink[];
  readonly copies: readonly StackCopy[];
  readonly joins: readonly StackJoin[];
}

export interface StackUser {
  readonly uid: number;
  readonly gid: number;
}

export interface StackFile extends StackUser {
  /** In the image, absolute. */
  readonly path: string;
  /** Name of the file beside stack.toml. */
  readonly source: string;
  /** Permission bits. */
  readonly mode: number;
}

export interface StackDirectory extends StackUser {
  readonly path: string;
  readonly mode: number;
}

export interface StackLink {
  readonly path: string;
  readonly target: string;
}

/** A file of a package once more, where a maintainer script would copy it. */
export interface StackCopy {
  readonly from: string;
  readonly to: string;
}

/** A file put together from others. */
export interface StackJoin {
  /** A glob. */
  readonly from: string;
  readonly to: string;
}

/** What becomes of packages, in both halves and in stacks that extend this one: see `InstallRules` of src/debian. */
export interface InstallSection {
  /** Packages that are needed by scripts only, which do not run: left out unless a stack wants them by name. */
  readonly without: readonly string[];
  readonly drop: readonly string[];
  readonly keep: readonly string[];
  readonly setid: 'keep' | 'drop';
  readonly scripts: readonly ScriptRule[];
  readonly 'generated-sections': readonly string[];
}

/** Packages whose scripts (`preinst`, `postinst`) need not run. */
export interface ScriptRule {
  readonly packages: readonly string[];
  readonly because: string;
}

/** Throws STACK_UNFIT naming the key that is wrong. */
export function parseStackDocument(text: string, file: string): StackDocument {
  const result = v.safeParse(stackSchema, plainTableFromToml(parseToml(text, file, 'STACK_UNFIT')));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new TsbuildpackError('STACK_UNFIT', `Cannot use "${file}": ${schemaProblem(issue, { schema: stackSchema })}`, {
    hint: 'docs/stacks.md says what a stack.toml holds',
  });
}
