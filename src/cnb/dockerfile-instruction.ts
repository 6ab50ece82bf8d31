import type { DockerfileInstruction, Escape } from './dockerfile.ts';
import { heredocsOf } from './dockerfile-heredoc.ts';
import { leadingFlags, plainWords, quotedWords } from './dockerfile-words.ts';

/** What an instruction says, or why it cannot be used. */
export type CheckedInstruction =
  | { readonly problem: string }
  | {
      /** Of FROM. */
      readonly base?: string;
      /** Of ARG. */
      readonly keys?: readonly string[];
    };

type Instruction = Pick<DockerfileInstruction, 'name' | 'flags' | 'text'>;
type Check = (instruction: Instruction, escape: Escape) => CheckedInstruction;

/** `=` has to have a value, `?` may have true or false, `*` has a value and may come more than once. */
type FlagKinds = Readonly<Record<string, '=' | '?' | '*'>>;

interface Rule {
  /** Undefined: whatever is there is nobody's business. @default none */
  readonly flags?: FlagKinds | undefined;
  readonly check: Check;
}

const noFlags: FlagKinds = {};
const fine: CheckedInstruction = {};

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['ADD', files({ chown: '=', chmod: '=', link: '?', 'keep-git-dir': '?', checksum: '=', unpack: '?', exclude: '*' })],
  ['ARG', { flags: undefined, check: checkArg }],
  ['CMD', { check: checkCommand }],
  ['COPY', files({ chown: '=', chmod: '=', from: '=', link: '?', parents: '?', exclude: '*' })],
  ['ENTRYPOINT', { check: checkCommand }],
  ['ENV', { check: checkPairs }],
  ['EXPOSE', { check: atLeastOne }],
  ['FROM', { flags: { platform: '=' }, check: checkFrom }],
  ['HEALTHCHECK', { flags: undefined, check: checkHealth }],
  ['LABEL', { check: checkPairs }],
  ['MAINTAINER', { check: atLeastOne }],
  ['ONBUILD', { check: checkTrigger }],
  ['RUN', { flags: { mount: '*', network: '=', security: '=', device: '*' }, check: checkCommand }],
  ['SHELL', { check: checkShell }],
  ['STOPSIGNAL', { flags: undefined, check: atLeastOne }],
  ['USER', { check: atLeastOne }],
  ['VOLUME', { check: checkVolume }],
  ['WORKDIR', { check: atLeastOne }],
]);

/** Whether BuildKit would take an instruction, as far as that can be said without its arguments' meaning. */
export function checkInstruction(instruction: Instruction, escape: Escape): CheckedInstruction {
  const rule = rules.get(instruction.name);
  if (rule === undefined) return { problem: `"${instruction.name}" is no instruction` };
  const flags = 'flags' in rule ? rule.flags : noFlags;
  const problem = flags === undefined ? undefined : flagProblem(instruction, flags);
  return problem === undefined ? rule.check(instruction, escape) : { problem };
}

function flagProblem({ name, flags }: Instruction, kinds: FlagKinds): string | undefined {
  const seen = new Set<string>();
  for (const flag of flags) {
    const [, key = '', value] = /^--([^=]*)(?:=([^]*))?$/.exec(flag) ?? [];
    const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
    if (kind === undefined) return `${name} has no flag --${key}`;
    if (seen.has(key) && kind !== '*') return `--${key} of ${name} comes more than once`;
    seen.add(key);
    const problem = valueProblem(kind, value);
    if (problem !== undefined) return `--${key} of ${name} ${problem}`;
  }
  return undefined;
}

function valueProblem(kind: '=' | '?' | '*', value: string | undefined): string | undefined {
  if (kind !== '?') return value === undefined ? 'has no value' : undefined;
  return value === undefined || /^(true|false)$/i.test(value) ? undefined : `is "${value}", it must be true or false`;
}

/** `["one", "two"]`; undefined when it is no list; other members than strings are a problem. */
function jsonWords(text: string): readonly string[] | 'not strings' | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return undefined;
    return list.every((member) => typeof member === 'string') ? list : 'not strings';
  } catch {
    return undefined;
  }
}

function wordsOf(text: string): readonly string[] | undefined {
  const list = jsonWords(text) ?? plainWords(text);
  return list === 'not strings' ? undefined : list;
}

const notStrings: CheckedInstruction = { problem: 'its list has members that are no strings' };

function checkCommand({ text }: Instruction): CheckedInstruction {
  return jsonWords(text) === 'not strings' ? notStrings : fine;
}

function atLeastOne({ name, text }: Instruction): CheckedInstruction {
  return text === '' ? { problem: `${name} has no argument` } : fine;
}

function files(flags: FlagKinds): Rule {
  return {
    flags,
    check({ name, text }) {
      const words = wordsOf(text);
      if (words === undefined) return notStrings;
      if (words.length < 2) return { problem: `${name} does not say from where to where` };
      const isDocument = heredocsOf(words.at(-1) ?? '').length > 0;
      return isDocument ? { problem: `${name} has a document for a destination` } : fine;
    },
  };
}

function checkArg({ text }: Instruction, escape: Escape): CheckedInstruction {
  const keys = quotedWords(text, escape).map((word) => word.replace(/=[^]*$/, ''));
  if (keys.length === 0) return { problem: 'ARG has no argument' };
  return keys.includes('') ? { problem: 'ARG has no name' } : { keys };
}

/** `name=value …`, or the older `name value`. */
function checkPairs({ name, text }: Instruction, escape: Escape): CheckedInstruction {
  const words = quotedWords(text, escape);
  const [first] = words;
  if (first === undefined) return { problem: `${name} has no argument` };
  if (!first.includes('=')) {
    return plainWords(text).length < 2 ? { problem: `${name} has no value for ${first}` } : fine;
  }
  const wrong = words.find((word) => !/^[^=]+=/.test(word));
  return wrong === undefined ? fine : { problem: `${name} has "${wrong}" where name=value is wanted` };
}

function checkFrom({ text }: Instruction): CheckedInstruction {
  const [base, as, stage, ...others] = plainWords(text);
  if (base === undefined) return { problem: 'FROM names no image' };
  if (as === undefined) return { base };
  if (stage === undefined || others.length > 0 || as.toLowerCase() !== 'as') {
    return { problem: 'FROM takes an image, and a name behind AS' };
  }
  return /^[a-z][a-z0-9-_.]*$/i.test(stage) ? { base } : { problem: `"${stage}" cannot be the name of a stage` };
}

const durations = { interval: '=', timeout: '=', 'start-period': '=', 'start-interval': '=', retries: '=' } as const;

function checkHealth(instruction: Instruction): CheckedInstruction {
  const [, kind = '', rest = ''] = /^(\S*)\s*([^]*)$/.exec(instruction.text) ?? [];
  if (kind.toUpperCase() === 'NONE') return rest === '' ? fine : { problem: 'HEALTHCHECK NONE takes no argument' };
  if (kind.toUpperCase() !== 'CMD') return { problem: 'HEALTHCHECK is neither NONE nor CMD' };
  const problem = flagProblem(instruction, durations);
  if (problem !== undefined) return { problem };
  const words = jsonWords(rest);
  if (words === 'not strings') return notStrings;
  return rest === '' || words?.length === 0 ? { problem: 'HEALTHCHECK CMD has no command' } : fine;
}

function checkShell({ text }: Instruction): CheckedInstruction {
  const words = jsonWords(text);
  if (words === 'not strings') return notStrings;
  return words === undefined || words.length === 0 ? { problem: 'SHELL takes a list of strings' } : fine;
}

function checkVolume({ text }: Instruction): CheckedInstruction {
  const words = wordsOf(text);
  if (words === undefined) return notStrings;
  const isFine = words.length > 0 && words.every((word) => word.trim() !== '');
  return isFine ? fine : { problem: 'VOLUME has no path' };
}

/** Only what its lines cannot be at all is a mistake now, the rest when it is triggered. */
function checkTrigger({ text }: Instruction, escape: Escape): CheckedInstruction {
  const [, word = '', rest = ''] = /^(\S*)\s*([^]*)$/.exec(text) ?? [];
  const name = word.toUpperCase();
  if (name === '') return { problem: 'ONBUILD has no instruction' };
  if (['FROM', 'MAINTAINER', 'ONBUILD'].includes(name)) return { problem: `ONBUILD cannot have ${name}` };
  const { rest: inner } = leadingFlags(rest, escape);
  if (['ENV', 'LABEL'].includes(name) && inner !== '') return checkPairs({ name, flags: [], text: inner }, escape);
  const takesList = ['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME'].includes(name);
  return takesList && jsonWords(inner) === 'not strings' ? notStrings : fine;
}
