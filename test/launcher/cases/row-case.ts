import type { Answer, FileSpec, LaunchCase, ProgramReport } from '../launch-case.ts';

/** A case with what the conformance row demands. What is left out of `expected` is not looked at. */
export interface RowCase extends LaunchCase {
  readonly expected: Expected;
}

export interface Expected {
  /** Exit status or name of a signal. @default 0 */
  readonly exit?: number | string;
  /** The process's arguments. `null` demands that no process was started, as does any exit but 0. */
  readonly argv?: readonly string[] | null;
  /** Variables the process has, as NAME=value. */
  readonly env?: readonly string[];
  /** Names of variables that it has not. */
  readonly noEnv?: readonly string[];
  readonly cwd?: string;
  /** Paths of the exec.d programs in the order they ran. */
  readonly execD?: readonly string[];
  /** Exactly what was printed. */
  readonly messages?: readonly string[];
  /** Open descriptors of the process. */
  readonly descriptors?: readonly number[];
  /** Numbers of the signals that the process ignores. */
  readonly ignored?: readonly number[];
  /** Whether the process is a child instead of the launcher itself. @default false */
  readonly isChild?: boolean;
}

/** Files of a layer of the buildpack `test/one`: `layer('a', { 'env/FOO': 'x' })`. */
export function layer(name: string, files: Readonly<Record<string, FileSpec>>): Record<string, FileSpec> {
  return Object.fromEntries(Object.entries(files).map(([path, spec]) => [`/layers/test_one/${name}/${path}`, spec]));
}

/** `expected` with what is always demanded. */
export function demanded({ expected }: RowCase): Expected {
  const exit = expected.exit ?? 0;
  return { isChild: false, ...expected, exit, ...(exit === 0 ? {} : { argv: null }) };
}

/** What was seen of everything that the row demands, in the same form: equal if the row is kept. */
export function observed(row: RowCase, answer: Answer): Expected {
  const process = answer.programs.find(({ role }) => role === 'process') ?? noProgram;
  const execD = answer.programs.filter(({ role }) => role === 'exec.d');
  const { env = [], noEnv = [] } = row.expected;
  const names = new Set(process.env.map((variable) => variable.slice(0, variable.indexOf('='))));
  const seen: Required<Expected> = {
    exit: answer.exit,
    argv: process === noProgram ? null : process.argv,
    env: env.filter((variable) => process.env.includes(variable)),
    noEnv: noEnv.filter((name) => !names.has(name)),
    cwd: process.cwd,
    execD: execD.map((program) => program.argv[0] + (isWellConnected(program) ? '' : ' with wrong descriptors')),
    messages: answer.messages,
    descriptors: process.descriptors,
    ignored: process.ignored,
    isChild: answer.forked,
  };
  const wanted = new Set(Object.keys(demanded(row)));
  return Object.fromEntries(Object.entries(seen).filter(([key]) => wanted.has(key)));
}

const noProgram: ProgramReport = {
  role: 'process',
  argv: [],
  env: [],
  cwd: '',
  descriptors: [],
  uid: -1,
  ignored: [],
  inputIsNull: false,
};

/** https://github.com/buildpacks/spec/blob/main/buildpack.md#execd: output goes to descriptor 3. */
function isWellConnected({ descriptors, inputIsNull }: ProgramReport): boolean {
  return descriptors.includes(3) && inputIsNull;
}
