import { TsbuildpackError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** The fields of a paragraph: names in lower case; the lines of a value are separated by newlines, each without the blanks around it. */
export type Paragraph = ReadonlyMap<string, string>;

export interface ParagraphOptions {
  /** For messages: `"/etc/apt/sources.list.d/debian.sources"`. */
  readonly owner: string;
  readonly code: ErrorCode;
}

/**
 * The paragraphs of a control file, https://manpages.debian.org/deb822. Lines that begin with `#` are comments, which signed documents do
 * not have; a field that is there twice is refused.
 */
export function parseParagraphs(text: string, options: ParagraphOptions): readonly Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let fields = new Map<string, string>();
  let current: string | undefined;
  for (const line of text.split('\n')) {
    const bare = line.trimEnd();
    if (bare.startsWith('#')) continue;
    if (bare === '') {
      if (fields.size > 0) paragraphs.push(fields);
      fields = new Map();
      current = undefined;
    } else if (bare.startsWith(' ') || bare.startsWith('\t')) {
      if (current === undefined) throw invalid(bare, options);
      fields.set(current, `${fields.get(current)}\n${bare.trim()}`);
    } else {
      current = addField(fields, bare, options);
    }
  }
  return fields.size > 0 ? [...paragraphs, fields] : paragraphs;
}

function addField(fields: Map<string, string>, line: string, options: ParagraphOptions): string {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).toLowerCase();
  if (colon < 1 || /\s/.test(name) || fields.has(name)) throw invalid(line, options);
  fields.set(name, line.slice(colon + 1).trim());
  return name;
}

/** The only paragraph of a document. */
export function parseParagraph(text: string, options: ParagraphOptions): Paragraph {
  const [paragraph, ...more] = parseParagraphs(text, options);
  if (paragraph !== undefined && more.length === 0) return paragraph;
  throw new TsbuildpackError(options.code, `Cannot read ${options.owner}: it has to be one paragraph`);
}

/** The words of a value. */
export function wordsOf(value: string | undefined): readonly string[] {
  return value?.split(/\s+/).filter((word) => word !== '') ?? [];
}

function invalid(line: string, { owner, code }: ParagraphOptions): TsbuildpackError {
  return new TsbuildpackError(code, `Cannot read ${owner}: "${line.slice(0, 80)}" is no field, or it is there twice`);
}
