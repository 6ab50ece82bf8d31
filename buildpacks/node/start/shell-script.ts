import { developmentUse } from './development-tools.ts';
import type { Manifest } from '../package-file.ts';
import { isShellWord, quoteWord, splitCommand, splitList } from './split-command.ts';
import type { DirectCommand, StartCommand } from './start-command.ts';
import { unusable } from './start-command.ts';

export interface ShellScriptOptions {
  readonly because: string;
  readonly manifest: Manifest;
  /** Reads a part of it that npm would run. */
  readonly read: (segment: string) => StartCommand;
}

const managers = /^(?:npm|npx|yarn|pnpm|pnpx|bunx?|run-[ps]|npm-run-all2?|concurrently|turbo|nx|lerna|pm2|forever)$/;

/**
 * A script for sh: what npm would run in it is put in its place, because the image has no npm, and the last program replaces the
 * shell, so that it gets the signals.
 */
export function shellScript(text: string, { because, manifest, read: readPart }: ShellScriptOptions): StartCommand {
  const list = splitList(text);
  if (list === undefined) {
    const manager = /(?:^|[\s(`;&|])(npm|npx|yarn|pnpm|bunx?)\s/.exec(text)?.[1];
    return manager === undefined ? { kind: 'shell', script: text, because, notes: [] } : runsManager(manager);
  }
  const parts: string[] = [];
  const notes: string[] = [];
  for (const segment of list.segments) {
    const read = readSegment(segment, manifest, readPart);
    if (read.kind !== 'text') return read.problem;
    parts.push(read.text);
    notes.push(...read.notes);
  }
  const isPipeline = list.separators.some((separator) => separator === '|' || separator === '&');
  if (!isPipeline) parts.push(replacingShell(parts.pop() ?? ''));
  const script = parts
    .map((part, at) => `${part}${at < list.separators.length ? ` ${list.separators[at]} ` : ''}`)
    .join('');
  return { kind: 'shell', script: script.replaceAll(' ; ', '; '), because, notes };
}

type Segment =
  | { readonly kind: 'text'; readonly text: string; readonly notes: readonly string[] }
  | { readonly kind: 'problem'; readonly problem: StartCommand };

function readSegment(segment: string, manifest: Manifest, readPart: ShellScriptOptions['read']): Segment {
  const split = splitCommand(segment);
  if (!split.simple) return readComplex(segment, manifest);
  const [first = ''] = split.words;
  if (!managers.test(first)) {
    const problem = developmentUse(split.words, manifest);
    return problem === undefined ? { kind: 'text', text: segment, notes: [] } : { kind: 'problem', problem };
  }
  const command = readPart(segment);
  if (command.kind === 'direct') return { kind: 'text', text: textOf(command), notes: command.notes };
  if (command.kind === 'shell') return { kind: 'text', text: `(${command.script})`, notes: command.notes };
  return { kind: 'problem', problem: command };
}

/** A segment with variables or redirections: its first word is still a word. */
function readComplex(segment: string, manifest: Manifest): Segment {
  const words = withoutAssignments(segment).split(/\s+/);
  const [first = ''] = words;
  if (managers.test(first)) return { kind: 'problem', problem: runsManager(first) };
  const problem = developmentUse(words, manifest);
  return problem === undefined ? { kind: 'text', text: segment, notes: [] } : { kind: 'problem', problem };
}

function runsManager(manager: string): StartCommand {
  return unusable(
    `runs ${manager} in a way that cannot be resolved, and the image has none`,
    'Start the program itself',
  );
}

function textOf({ env, words }: DirectCommand): string {
  const assigned = Object.entries(env).map(([name, value]) => `${name}=${quoteWord(value)}`);
  return [...assigned, ...words.map(quoteWord)].join(' ');
}

const assigned = /^(?:[A-Za-z_]\w*=(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"])*\s+)+/;

function withoutAssignments(segment: string): string {
  return segment.replace(assigned, '');
}

/** `exec` in front of the program, behind its variables: sh exports these for exec too. */
function replacingShell(segment: string): string {
  const command = withoutAssignments(segment);
  const [first = ''] = command.split(/\s+/);
  if (first === 'exec' || isShellWord(first) || /^[("'$`\\]/.test(command) || command === '') return segment;
  return `${segment.slice(0, segment.length - command.length)}exec ${command}`;
}
