/** A command block of a document that a reader would copy. */
export interface CommandBlock {
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly script: string;
  /** Why the test does not run it, as its info string says: ```` ```sh skip: needs a registry account ````. */
  readonly skip?: string;
  /** What a following ```` ```text output ```` block says that it prints. A line of `…` stands for any lines. */
  readonly output?: string;
}

/** Reads the `sh` blocks of a Markdown document. Throws for a block that is skipped without a reason. */
export function commandBlocks(markdown: string): CommandBlock[] {
  const blocks: CommandBlock[] = [];
  for (const { info, line, text } of fences(markdown)) {
    if (/^sh\b/.test(info)) blocks.push(commandBlock(info, line, text));
    const last = blocks.at(-1);
    if (info === 'text output') {
      if (last === undefined) throw new Error(`Line ${line}: output without a command before it`);
      blocks.splice(-1, 1, { ...last, output: text });
    }
  }
  return blocks;
}

function commandBlock(info: string, line: number, script: string): CommandBlock {
  const rest = info.slice('sh'.length).trim();
  if (rest === '') return { line, script };
  const reason = /^skip: (?<reason>\S.*)$/.exec(rest)?.groups?.['reason'];
  if (reason === undefined) throw new Error(`Line ${line}: "${info}" is neither "sh" nor "sh skip: REASON"`);
  return { line, script, skip: reason };
}

interface Fence {
  readonly info: string;
  readonly line: number;
  readonly text: string;
}

interface OpenFence {
  readonly mark: string;
  readonly info: string;
  readonly line: number;
  readonly lines: string[];
}

function fences(markdown: string): Fence[] {
  const found: Fence[] = [];
  let open: OpenFence | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open === undefined) {
      open = opened(line, index + 1);
    } else if (closes(line, open.mark)) {
      found.push({ info: open.info, line: open.line, text: open.lines.map((text) => `${text}\n`).join('') });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== undefined) throw new Error(`Line ${open.line}: the block is never closed`);
  return found;
}

function opened(text: string, line: number): OpenFence | undefined {
  const fence = /^ {0,3}(?<mark>`{3,})(?<info>[^`]*)$/.exec(text)?.groups;
  return fence === undefined
    ? undefined
    : { mark: fence['mark'] ?? '', info: (fence['info'] ?? '').trim(), line, lines: [] };
}

// CommonMark: a fence is closed by one at least as long, so that blocks can show blocks.
function closes(text: string, mark: string): boolean {
  const end = text.trim();
  return /^`{3,}$/.test(end) && end.length >= mark.length;
}

/** Whether `printed` holds the lines of `expected` in a row; a line of `…` in `expected` stands for any lines. */
export function printsAsSaid(printed: string, expected: string): boolean {
  const pattern = expected
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? String.raw`(?:.*\n)*?` : `${literal(line.trimEnd())}[ \\t]*\\n`))
    .join('');
  return new RegExp(`(?:^|\\n)${pattern}`).test(printed.endsWith('\n') ? printed : `${printed}\n`);
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
