import type { UnusableCommand } from './start-command.ts';
import { unusable } from './start-command.ts';

/** A command without what reads `.env` files in front of it. */
export interface WithoutEnvFiles {
  readonly env: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  readonly notes: readonly string[];
}

const note = '.env files do not enter an image: set these variables when the container is started';

const dotenvValues: ReadonlySet<string> = new Set(['-e', '-f', '-c', '--path']);

/** The package dotenv-cli: its options, and NAME=VALUE with -v. */
export function withoutDotenv([, ...rest]: readonly string[]): WithoutEnvFiles {
  const words = [...rest];
  const env: Record<string, string> = {};
  if (words[0] === 'run') words.shift();
  while (words[0]?.startsWith('-') === true) {
    const flag = words.shift() ?? '';
    if (flag === '--') break;
    if (flag === '-v') Object.assign(env, assignment(words.shift() ?? ''));
    // `-c` may stand alone.
    else if (dotenvValues.has(flag) && words.length > 1 && !(words[0] ?? '').startsWith('-')) words.shift();
  }
  return { words, env, notes: [`dotenv is left out of it: ${note}`] };
}

function assignment(text: string): Record<string, string> {
  const equals = text.indexOf('=');
  return equals < 1 ? {} : { [text.slice(0, equals)]: text.slice(equals + 1) };
}

const envCmdValues: ReadonlySet<string> = new Set(['-f', '--file', '-e', '--environments', '-r', '--rc-file']);

/** The package env-cmd */
export function withoutEnvCmd([, ...rest]: readonly string[]): WithoutEnvFiles {
  const words = [...rest];
  while (words[0]?.startsWith('-') === true) {
    if (envCmdValues.has(words.shift() ?? '')) words.shift();
  }
  return { words, env: {}, notes: [`env-cmd is left out of it: ${note}`] };
}

/**
 * Node ends at once when a file that --env-file names is missing, as .env files are in an image.
 * Undefined: there is nothing to take away.
 */
export function withoutEnvFileFlags(
  words: readonly string[],
  hasFile: (path: string) => boolean,
): WithoutEnvFiles | UnusableCommand | undefined {
  const kept = words.slice(1);
  const notes: string[] = [];
  for (let at = 0; kept[at]?.startsWith('-') === true;) {
    const flag = envFileFlag(kept, at);
    if (flag === undefined) at += 1;
    else if (hasFile(flag.file)) at += flag.length;
    else {
      kept.splice(at, flag.length);
      notes.push(`--env-file=${flag.file} is left out of it: ${note}`);
    }
  }
  if (kept.length === 0) return unusable('starts node without a program', 'Name the file: node server.js');
  return notes.length === 0 ? undefined : { env: {}, words: ['node', ...kept], notes };
}

/** `--env-file=x` is one word, `--env-file x` two. */
function envFileFlag(
  words: readonly string[],
  at: number,
): { readonly file: string; readonly length: number } | undefined {
  const match = /^--env-file(?:=(.*))?$/.exec(words[at] ?? '');
  if (match === null) return undefined;
  return match[1] === undefined ? { file: words[at + 1] ?? '', length: 2 } : { file: match[1], length: 1 };
}
