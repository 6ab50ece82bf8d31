import { TsbuildpackError } from '../errors.ts';
import { heredocsOf } from './dockerfile-heredoc.ts';
import { checkInstruction } from './dockerfile-instruction.ts';
import { leadingFlags } from './dockerfile-words.ts';

/** A Dockerfile, as far as it is read here: what its instructions are, never what they would do — https://docs.docker.com/reference/dockerfile/ */
export interface Dockerfile {
  /** Keys of every ARG before the first FROM. */
  readonly globalArgs: readonly (readonly string[])[];
  readonly stages: readonly DockerfileStage[];
}

export interface DockerfileStage {
  /** What stands behind FROM, variables and quotes as they were written. */
  readonly base: string;
  readonly instructions: readonly DockerfileInstruction[];
}

export interface DockerfileInstruction {
  /** In capitals. */
  readonly name: string;
  /** `--name` or `--name=value`, without quotes. */
  readonly flags: readonly string[];
  /** All behind the flags, continuation lines joined. */
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

/** How a document of a builder escapes the end of a line and other characters. */
export type Escape = '\\' | '`';

/** As long as BuildKit reads one. */
const maxLineBytes = 65_535;

/** Throws DOCKERFILE_INVALID naming file and line, for what BuildKit would not take. */
export function parseDockerfile(text: string, file: string): Dockerfile {
  const globalArgs: (readonly string[])[] = [];
  const stages: { base: string; instructions: DockerfileInstruction[] }[] = [];
  for (const { escape, ...instruction } of instructionsOf(text, file)) {
    const checked = checkInstruction(instruction, escape);
    if ('problem' in checked) throw invalid(file, instruction.line, checked.problem);
    const stage = stages.at(-1);
    if (checked.base !== undefined) stages.push({ base: checked.base, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (checked.keys !== undefined) globalArgs.push(checked.keys);
    else throw invalid(file, instruction.line, `${instruction.name} stands before the first FROM`);
  }
  if (stages.length + globalArgs.length === 0) throw invalid(file, 1, 'there is no instruction in it');
  return { globalArgs, stages };
}

function invalid(file: string, line: number, problem: string): TsbuildpackError {
  return new TsbuildpackError('DOCKERFILE_INVALID', `Cannot use "${file}": line ${line}: ${problem}`, {
    hint: 'https://docs.docker.com/reference/dockerfile/ says how one is written',
  });
}

interface SourceLines {
  /** Without line ends. */
  readonly lines: readonly string[];
  readonly file: string;
  readonly escape: Escape;
}

function* instructionsOf(
  text: string,
  file: string,
): Generator<DockerfileInstruction & { readonly escape: Escape }, void> {
  const lines = text.replace(/^\u{FEFF}/u, '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [index, line] of lines.entries()) {
    if (Buffer.byteLength(line) >= maxLineBytes) throw invalid(file, index + 1, `it is ${line.length} characters long`);
  }
  const { escape, next } = directivesOf(lines, file);
  const source: SourceLines = { lines: lines.map((line) => line.replace(/\r+$/, '')), file, escape };
  let at = next;
  while (at < lines.length) {
    const first = at;
    const { joined, end } = joinLines(source, first);
    at = end;
    if (joined === undefined) continue;
    const instruction = splitInstruction(joined, first + 1, escape);
    at = endOfHeredocs(source, { joined, instruction, at });
    yield { ...instruction, escape };
  }
}

/** `# escape=X` and its like, which stand above everything else. */
function directivesOf(lines: readonly string[], file: string): { readonly escape: Escape; readonly next: number } {
  const found = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const directive = directiveIn(line);
    if (directive === undefined) break;
    const { name, value } = directive;
    if (found.has(name)) throw invalid(file, index + 1, `there is more than one "${name}" directive`);
    if (name === 'escape' && value !== '\\' && value !== '`') {
      throw invalid(file, index + 1, `"${value}" cannot escape anything, only \\ and \` can`);
    }
    found.set(name, value);
  }
  return { escape: found.get('escape') === '`' ? '`' : '\\', next: found.size };
}

function directiveIn(line: string): { readonly name: string; readonly value: string } | undefined {
  const [, name = '', value = ''] = /^\s*#\s*([a-z][a-z0-9]*)\s*=\s*(\S.*)$/i.exec(line.trimEnd()) ?? [];
  return /^(?:syntax|escape|check)$/i.test(name) ? { name: name.toLowerCase(), value } : undefined;
}

/** One instruction with its continuation lines; undefined for an empty line or a comment. */
function joinLines(
  { lines, escape }: SourceLines,
  first: number,
): { readonly joined: string | undefined; readonly end: number } {
  const start = withoutComment((lines[first] ?? '').trimStart());
  let { text: joined, goesOn } = cutContinuation(start, escape);
  if (!goesOn && joined === '') return { joined: undefined, end: first + 1 };
  let at = first + 1;
  for (; goesOn && at < lines.length; at += 1) {
    const line = withoutComment(lines[at] ?? '');
    // Comments and empty lines between continuation lines are passed over.
    if (line.trim() === '') continue;
    const part = cutContinuation(line, escape);
    joined += part.text;
    goesOn = part.goesOn;
  }
  return { joined, end: at };
}

function withoutComment(line: string): string {
  return line.trimStart().startsWith('#') ? '' : line;
}

/** An escaped escape character ends no line. */
function cutContinuation(line: string, escape: Escape): { readonly text: string; readonly goesOn: boolean } {
  const text = line.replace(/[ \t]+$/, '');
  const goesOn = text.endsWith(escape) && !text.endsWith(escape + escape);
  return goesOn ? { text: text.slice(0, -1), goesOn } : { text: line, goesOn };
}

function splitInstruction(joined: string, line: number, escape: Escape): DockerfileInstruction {
  const [, word = '', rest = ''] = /^([^\t\v\f\r ]*)[\t\v\f\r ]*([^]*)$/.exec(joined.trim()) ?? [];
  const { flags, rest: text } = leadingFlags(rest, escape);
  return { name: word.toUpperCase(), flags, text: text.trim(), line };
}

interface Joined {
  readonly joined: string;
  readonly instruction: DockerfileInstruction;
  /** The line behind it. */
  readonly at: number;
}

/** The line behind the documents that an instruction brings along. */
function endOfHeredocs({ lines, file }: SourceLines, { joined, instruction, at }: Joined): number {
  const { name, text, line } = instruction;
  const inner = name === 'ONBUILD' ? (/^\w+/.exec(text)?.[0].toUpperCase() ?? '') : name;
  if (!['ADD', 'COPY', 'RUN'].includes(inner)) return at;
  let next = at;
  for (const { word, stripsTabs } of heredocsOf(joined)) {
    const end = lines.findIndex(
      (content, index) => index >= next && (stripsTabs ? content.replace(/^\t+/, '') : content) === word,
    );
    if (end === -1) throw invalid(file, line, `the document "${word}" of ${name} has no end`);
    next = end + 1;
  }
  return next;
}
