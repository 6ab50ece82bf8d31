import * as v from 'valibot';
import type { StackDocument, StackHalfDocument } from './stack-document.ts';

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 2));
const absolutePath = v.pipe(
  v.string(),
  v.regex(/^(?:\/[^/\0]+)+$/, 'it must be an absolute path'),
  v.check((path) => !/\/\.{1,2}(?:\/|$)/.test(path), 'it must not hold "." or ".."'),
);
const glob = v.pipe(v.string(), v.regex(/^\/[^\0]+$/, 'it must be an absolute path or pattern'));
const fileName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'it must be the name of a file beside stack.toml'),
);
// https://www.debian.org/doc/debian-policy/ch-controlfields.html#source
const packageName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9+.-]+$/, 'it must be the name of a package'));
const accountName = v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_-]*$/, 'it must be a name in lower case'));
const accountField = v.pipe(v.string(), v.regex(/^[^:\n]*$/, 'it must not hold a colon'));
const mode = v.pipe(
  v.string(),
  v.regex(/^[0-7]{4}$/, 'it must be four octal digits'),
  v.transform((text) => Number.parseInt(text, 8)),
);
const text = v.pipe(v.string(), v.nonEmpty('it must not be empty'));
const owner = { uid: v.optional(id, 0), gid: v.optional(id, 0) };

const half = {
  uid: v.exactOptional(id),
  gid: v.exactOptional(id),
  packages: v.optional(v.array(packageName), []),
  without: v.optional(v.array(packageName), []),
  image: v.exactOptional(text),
  fallback: v.exactOptional(text),
  'published-as': v.exactOptional(text),
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
  links: v.optional(v.array(v.strictObject({ path: absolutePath, target: text })), []),
  copies: v.optional(v.array(v.strictObject({ from: absolutePath, to: absolutePath })), []),
  joins: v.optional(v.array(v.strictObject({ from: glob, to: absolutePath })), []),
};

const distribution = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9._-]*$/, 'it must be the ID of an os-release')),
  version: text,
  codename: text,
  suites: v.pipe(v.array(text), v.minLength(1, 'it must name one')),
  components: v.optional(v.array(text), ['main']),
  keys: v.pipe(v.array(fileName), v.minLength(1, 'it must name one')),
});

const install = v.strictObject({
  without: v.optional(v.array(packageName), []),
  drop: v.optional(v.array(glob), []),
  keep: v.optional(v.array(glob), []),
  setid: v.optional(v.picklist(['keep', 'drop']), 'drop'),
  scripts: v.optional(
    v.array(
      v.strictObject({
        packages: v.pipe(v.array(packageName), v.minLength(1, 'it must name one')),
        because: text,
      }),
    ),
    [],
  ),
  'generated-sections': v.optional(v.array(text), []),
});

const account = v.strictObject({
  name: accountName,
  uid: id,
  gid: id,
  comment: v.optional(accountField, ''),
  home: v.optional(v.pipe(accountField, v.startsWith('/', 'it must be an absolute path')), '/nonexistent'),
  shell: v.optional(v.pipe(accountField, v.startsWith('/', 'it must be an absolute path')), '/usr/sbin/nologin'),
});

/** Unknown keys are refused: a misspelt one would silently do nothing. */
export const stackSchema: v.GenericSchema<unknown, StackDocument> = v.pipe(
  v.strictObject({
    description: v.string(),
    extends: v.exactOptional(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]*$/, 'it must be the name of a stack'))),
    distribution: v.exactOptional(distribution),
    run: v.optional(
      v.strictObject({ from: v.exactOptional(v.picklist(['packages', 'files', 'scratch', 'image'])), ...half }),
      {},
    ),
    build: v.optional(
      v.strictObject({ from: v.exactOptional(v.picklist(['packages', 'files', 'image', 'host'])), ...half }),
      {},
    ),
    users: v.optional(v.array(account), []),
    groups: v.optional(
      v.array(v.strictObject({ name: accountName, gid: id, members: v.optional(v.array(accountName), []) })),
      [],
    ),
    install: v.optional(install, {}),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const message of problemsOf(dataset.value)) addIssue({ message });
  }),
);

function problemsOf(stack: StackDocument): readonly string[] {
  const found = [...halfProblems('run', stack), ...halfProblems('build', stack)];
  const { uid } = stack.run;
  if (uid !== undefined && uid === stack.build.uid) found.push('build.uid and run.uid must differ');
  return found;
}

function halfProblems(name: 'run' | 'build', stack: StackDocument): readonly string[] {
  const document = stack[name];
  const found = stack.extends === undefined ? alone(document, stack) : [];
  return [...found, ...contentProblems(document, name)].map((problem) => `${name}${problem}`);
}

/** What a stack that extends none has to say itself. */
function alone({ from, uid, gid }: StackHalfDocument, { distribution: packagesOf }: StackDocument): readonly string[] {
  return [
    ...(from === undefined ? ['.from is missing'] : []),
    ...(uid === undefined || gid === undefined ? ['.uid and gid are missing'] : []),
    ...(from === 'packages' && packagesOf === undefined ? ['.from = "packages" needs [distribution]'] : []),
  ];
}

function contentProblems(document: StackHalfDocument, name: 'run' | 'build'): readonly string[] {
  const { from, packages, image, home } = document;
  const holdsFiles = countOf(document) > 0 || (name === 'run' && home !== undefined);
  const problems: string[] = [];
  if (from !== undefined && bare.has(from) && holdsFiles) problems.push(`.from = "${from}" has no files`);
  if (from === 'packages' && packages.length === 0) problems.push('.packages is missing');
  if (from !== undefined && from !== 'packages' && packages.length > 0)
    problems.push('.packages needs from = "packages"');
  if ((from === 'image') !== (image !== undefined)) problems.push('.image and from = "image" belong together');
  return problems;
}

const bare: ReadonlySet<string> = new Set(['scratch', 'image', 'host']);

function countOf({ files, directories, links }: StackHalfDocument): number {
  return files.length + directories.length + links.length;
}
