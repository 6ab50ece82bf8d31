import validRange from 'semver/ranges/valid.js';
import valid from 'semver/functions/valid.js';
import { lineNamed, ltsLine } from './release-lines.ts';

/** Which versions a text asks for. */
export type VersionText =
  | { readonly kind: 'exact'; readonly version: string }
  /** A range of semver. */
  | { readonly kind: 'range'; readonly range: string };

/**
 * Reads what version managers understand: `24.1.0`, `v24`, `24.x`, `>=22 <25`, `lts/*`, `lts/-1`, `lts/iron`, `lts`, `node`, `latest`, `stable`, `current`.
 * Undefined for anything else. https://github.com/nvm-sh/nvm#nvmrc
 */
export function readVersionText(text: string): VersionText | undefined {
  const word = text.trim();
  const alias = aliasRange(word.toLowerCase());
  if (alias !== undefined) return { kind: 'range', range: alias };
  const exact = valid(word.replace(/^=\s*/, ''));
  if (exact !== null) return { kind: 'exact', version: exact };
  const range = word === '' ? null : validRange(word);
  return range === null ? undefined : { kind: 'range', range: word };
}

function aliasRange(word: string): string | undefined {
  if (['node', 'latest', 'current'].includes(word)) return '*';
  if (['lts', 'lts/*', '--lts', 'stable'].includes(word)) return lineRange(ltsLine(0));
  const before = /^lts\/-(\d+)$/.exec(word)?.[1];
  if (before !== undefined) return lineRange(ltsLine(Number(before)));
  const codename = /^lts\/([a-z]+)$/.exec(word)?.[1] ?? word;
  return lineRange(lineNamed(codename));
}

function lineRange(line: { readonly major: number } | undefined): string | undefined {
  return line && `${line.major}.x`;
}
