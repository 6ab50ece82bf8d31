import type { Report } from '../events.ts';

/** One command as data: the parser, `--help` and docs/cli.md are all made from it. Its code is loaded only when it runs. */
export interface CommandDefinition {
  /** `build`, or `cache prune` for a subcommand. */
  readonly name: string;
  /** One line, imperative, no full stop. */
  readonly summary: string;
  /** Further paragraphs. */
  readonly description?: readonly string[];
  readonly arguments: readonly ArgumentDefinition[];
  readonly options: readonly OptionDefinition[];
  /** What follows the name is another specification's business: every word of it is an argument, also one that begins with a dash. */
  readonly raw?: boolean;
  readonly examples: readonly { readonly command: string; readonly what: string }[];
  load(): Promise<CommandModule>;
}

export interface ArgumentDefinition {
  /** `<NAME>`, `[NAME]` or `[NAME...]`. */
  readonly name: string;
  readonly description: string;
}

export interface OptionDefinition {
  /** `-t, --tag <name>`. */
  readonly flags: string;
  readonly description: string;
  readonly repeatable?: boolean;
  readonly choices?: readonly string[];
  /** For the documentation; the value itself is applied by who reads the option. */
  readonly default?: string;
  /** The variable and key that set it too, for the documentation. */
  readonly setting?: string;
}

export interface CommandModule {
  run(invocation: Invocation): Promise<CommandResult>;
}

/** Everything a command may touch of its process. */
export interface Invocation {
  readonly arguments: readonly string[];
  readonly options: Options;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** From here on signals are somebody else's: a container's that runs in front of the user. */
  readonly releaseSignals: () => void;
}

/** Options by their camel-case name. Repeatable ones are arrays. */
export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface CommandResult {
  /** For standard output. */
  readonly lines: readonly string[];
  /** The same as data: the fields of the last `--json` line. */
  readonly json: Readonly<Record<string, unknown>>;
  /** @default 0 */
  readonly exitCode?: number;
}

export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

export function listOption(options: Options, name: string): readonly string[] {
  const value = options[name];
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? [value] : [];
}

export function flagOption(options: Options, name: string): boolean {
  return options[name] === true;
}
