import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { TsbuildpackError } from '../../../src/buildpack/builtin.ts';
import type { FrameworkOutput } from '../frameworks/find-output.ts';
import type { PackageProgram } from './find-program.ts';
import { findProgram, programAt } from './find-program.ts';
import type { FrameworkCommand, PlannedProcess } from './plan-start.ts';
import { splitCommand, splitList } from './split-command.ts';

/** A process with everything that was still open decided. Words that name files are relative to the application. */
export interface ResolvedProcess {
  readonly type: string;
  readonly default: boolean;
  readonly origin: string;
  /** `node` first where Node runs it. */
  readonly words: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly isShell: boolean;
  /** The framework's server that it starts. */
  readonly output?: FrameworkOutput;
}

export interface ResolveOptions {
  readonly appDir: string;
  readonly rootDir: string;
  /** Host paths of the packages that stay. */
  readonly installed: ReadonlySet<string>;
  readonly output: FrameworkOutput | undefined;
}

/** Says what a planned process starts, now that the packages are installed and the build is over. Throws BUILD_FAILED. */
export function resolveProcess(process: PlannedProcess, options: ResolveOptions): ResolvedProcess {
  const { command, type, origin } = process;
  const about = { type, default: process.default, origin };
  switch (command.kind) {
    case 'shell':
      checkSegments(command.script, origin, options);
      return { ...about, words: ['/bin/sh', '-c', command.script], env: {}, notes: command.notes, isShell: true };
    case 'direct': {
      const words = resolveWords(command.words, origin, options);
      const starts = options.output !== undefined && sameFile(words, options.output.words, options.appDir);
      return {
        ...about,
        words,
        env: { ...(starts && options.output.env), ...command.env },
        notes: command.notes,
        isShell: false,
        ...(starts && { output: options.output }),
      };
    }
    case 'framework':
      return { ...about, ...resolveFramework(command, origin, options), isShell: false };
  }
}

type FromFramework = Pick<ResolvedProcess, 'words' | 'env' | 'notes' | 'output'>;

function resolveFramework(command: FrameworkCommand, origin: string, options: ResolveOptions): FromFramework {
  const { framework, words, env, notes } = command;
  const { output } = options;
  if (output !== undefined) {
    const asked = words === undefined ? {} : addressFlags(words);
    return { words: output.words, env: { ...output.env, ...env, ...asked }, notes, output };
  }
  if (words !== undefined) return { words: resolveWords(words, origin, options), env, notes };
  throw new TsbuildpackError('BUILD_FAILED', `Cannot find the server of ${framework.name}: its build left none`, {
    hint: 'Look at the output of the build script: the adapter for Node has to be configured; or say what starts with a script "start"',
  });
}

/** `next start -p 80 -H 127.0.0.1`, for a server that reads variables. */
function addressFlags(words: readonly string[]): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const [at, word] of words.entries()) {
    const [, flag = '', joined] = /^(-p|--port|-H|--hostname)(?:=(.*))?$/.exec(word) ?? [];
    const value = joined ?? words[at + 1];
    if (flag !== '' && value !== undefined) env[/^--?p/.test(flag) ? 'PORT' : 'HOSTNAME'] = value;
  }
  return env;
}

type Words = readonly [string, ...string[]];

function resolveWords(words: Words, origin: string, options: ResolveOptions): Words {
  const [first, ...args] = words;
  if (first === 'node') return withProgram(words, origin, options);
  if (first.includes('/')) {
    const path = isAbsolute(first) ? first : join(options.appDir, first);
    if (!existsSync(path)) throw missing(first, origin);
    return started(programAt(realpathSync(path)), args, { origin, options, name: first });
  }
  const program = findProgram(first, options);
  if (program !== undefined) return started(program, args, { origin, options, name: first });
  throw new TsbuildpackError(
    'BUILD_FAILED',
    `Cannot start the application: the command of ${origin} runs "${first}", which no dependency brings`,
    {
      hint: 'Add the package that has it to the dependencies: npm install PACKAGE',
    },
  );
}

interface Started {
  readonly origin: string;
  readonly options: ResolveOptions;
  readonly name: string;
}

function started(
  { file, interpreter, packageDir, packageName }: PackageProgram,
  args: readonly string[],
  { origin, options, name }: Started,
): Words {
  if (packageDir.includes('/node_modules/') && !options.installed.has(packageDir))
    throw fromDevelopment(name, packageName, origin);
  const path = relative(realpathSync(options.appDir), file);
  const [first, ...rest] = [...interpreter, interpreter.length === 0 && !path.includes('/') ? `./${path}` : path];
  return [first ?? path, ...rest, ...args];
}

function fromDevelopment(name: string, packageName: string, origin: string): TsbuildpackError {
  return new TsbuildpackError(
    'BUILD_FAILED',
    `Cannot start the application: the command of ${origin} runs "${name}", which comes with ${packageName}, a development dependency`,
    {
      hint: `Move ${packageName} to the dependencies (npm install --save-prod ${packageName}), or add a script "start:prod" that does without it`,
    },
  );
}

/** Flags of node whose value is the next word. https://nodejs.org/api/cli.html */
const flagsWithValue: ReadonlySet<string> = new Set(
  '-r --require --import -C --conditions --loader --experimental-loader --env-file --env-file-if-exists --title --input-type'.split(
    ' ',
  ),
);
const evaluates = /^(?:-e|--eval|-p|--print|-pe|--test|--run)(?:=|$)/;

/** The file has to be there once the build is over; a directory is a package with a main file. */
function withProgram(words: Words, origin: string, { appDir }: ResolveOptions): Words {
  let at = 1;
  for (; words[at]?.startsWith('-') === true; at += 1) {
    const flag = words[at] ?? '';
    if (evaluates.test(flag)) return words;
    if (flagsWithValue.has(flag)) at += 1;
  }
  const file = words[at];
  if (file === undefined) throw missing('', origin);
  const path = isAbsolute(file) ? file : join(appDir, file);
  const candidates = [path, `${path}.js`, `${path}.json`, `${path}.node`];
  if (!candidates.some((candidate) => existsSync(candidate))) throw missing(file, origin);
  return words;
}

function missing(file: string, origin: string): TsbuildpackError {
  return new TsbuildpackError(
    'BUILD_FAILED',
    `Cannot start the application: the command of ${origin} runs "${file}", which is not there after the build`,
    { hint: 'Look where the build script writes to, and whether an ignore file keeps the file out of the build' },
  );
}

/** Programs of development dependencies are not there when the shell looks for them. */
function checkSegments(script: string, origin: string, options: ResolveOptions): void {
  for (const segment of splitList(script)?.segments ?? []) {
    const split = splitCommand(segment.replace(/^(\w+=\S*\s+)*exec\s+/, '').replace(/^\(|\)$/g, ''));
    const [first] = split.simple ? split.words : segment.split(/\s+/);
    const program = first === undefined || first.includes('/') ? undefined : findProgram(first, options);
    if (program === undefined || first === undefined) continue;
    if (!options.installed.has(program.packageDir)) throw fromDevelopment(first, program.packageName, origin);
  }
}

/** `node build/index.js` starts what `node build` does. */
function sameFile(words: readonly string[], other: readonly string[], appDir: string): boolean {
  const [program, file] = words;
  const [otherProgram, otherFile] = other;
  if (program !== otherProgram || file === undefined || otherFile === undefined) return false;
  const paths = [file, otherFile].map((path) => {
    const full = join(appDir, path);
    return statSync(full, { throwIfNoEntry: false })?.isDirectory() === true ? join(full, 'index.js') : full;
  });
  return paths[0] === paths[1];
}
