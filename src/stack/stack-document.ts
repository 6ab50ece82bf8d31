import * as v from 'valibot';
import { parseToml } from '../cnb/toml.ts';
import { plainTableFromToml } from '../cnb/toml-value.ts';
import { TsbuildpackError } from '../errors.ts';

/** stack.toml, a document of our own: see stacks/README.md. */
export interface StackDocument {
  readonly description: string;
  readonly build: StackUser & { readonly from: 'host' };
  readonly run: StackUser & {
    readonly from: 'scratch' | 'files';
    /** Made for the run user, writable by group 0, because some platforms start containers as an arbitrary user of that group. */
    readonly home?: string;
    readonly env: Readonly<Record<string, string>>;
    readonly files: readonly StackFile[];
    readonly directories: readonly StackDirectory[];
    readonly links: readonly StackLink[];
  };
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

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 2));
const absolutePath = v.pipe(
  v.string(),
  v.regex(/^(?:\/[^/\0]+)+$/, 'it must be an absolute path'),
  v.check((path) => !/\/\.{1,2}(?:\/|$)/.test(path), 'it must not hold "." or ".."'),
);
const fileName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'it must be the name of a file beside stack.toml'),
);
const mode = v.pipe(
  v.string(),
  v.regex(/^[0-7]{4}$/, 'it must be four octal digits'),
  v.transform((text) => Number.parseInt(text, 8)),
);
const owner = { uid: v.optional(id, 0), gid: v.optional(id, 0) };

const schema = v.pipe(
  v.strictObject({
    description: v.string(),
    build: v.strictObject({ from: v.literal('host'), uid: id, gid: id }),
    run: v.strictObject({
      from: v.picklist(['scratch', 'files']),
      uid: id,
      gid: id,
      home: v.exactOptional(absolutePath),
      env: v.optional(v.record(v.string(), v.string()), {}),
      files: v.optional(
        v.array(v.strictObject({ path: absolutePath, source: fileName, mode: v.optional(mode, '0644'), ...owner })),
        [],
      ),
      directories: v.optional(
        v.array(v.strictObject({ path: absolutePath, mode: v.optional(mode, '0755'), ...owner })),
        [],
      ),
      links: v.optional(v.array(v.strictObject({ path: absolutePath, target: v.string() })), []),
    }),
  }),
  v.check(({ build, run }) => build.uid !== run.uid, 'build.uid and run.uid must differ'),
  v.check(
    ({ run }) => run.from === 'files' || (countOf(run) === 0 && run.home === undefined),
    'run.from = "scratch" has no files',
  ),
);

function countOf({ files, directories, links }: Record<'files' | 'directories' | 'links', readonly unknown[]>): number {
  return files.length + directories.length + links.length;
}

/** Throws STACK_UNFIT naming the key that is wrong. */
export function parseStackDocument(text: string, file: string): StackDocument {
  const result = v.safeParse(schema, plainTableFromToml(parseToml(text, file, 'STACK_UNFIT')));
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue);
  throw new TsbuildpackError('STACK_UNFIT', `Cannot use "${file}": ${key === null ? '' : `${key}: `}${issue.message}`, {
    hint: 'stacks/README.md says what a stack.toml holds',
  });
}
