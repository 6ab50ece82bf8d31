import { Command, CommanderError, Option } from 'commander';
import { exitCodes } from '../errors.ts';
import { packageVersion } from '../fs/package-root.ts';
import type { CommandDefinition, OptionDefinition, Options } from './command.ts';
import { commands } from './commands.ts';
import { globalOptions } from './global-options.ts';
import { nameHere } from './names-of-pack.ts';

/** What the words of a command line ask for: a command, or a text (help, version, a mistake). */
export type ParsedCommandLine =
  | {
      readonly kind: 'command';
      readonly command: CommandDefinition;
      readonly arguments: readonly string[];
      readonly options: Options;
    }
  | { readonly kind: 'text'; readonly text: string; readonly exitCode: number };

const groups: Readonly<Record<string, string>> = {
  builder: 'Make images that hold all that a build needs, and look into them',
  buildpack: 'Write, package and inspect buildpacks',
  stack: 'List, make, inspect and update what images stand on',
  cache: 'Look after the store',
};

export function parseCommandLine(args: readonly string[]): ParsedCommandLine {
  const raw = rawCommand(args);
  if (raw !== undefined) return raw;
  let called: ParsedCommandLine | undefined;
  let text = '';
  const program = makeProgram((definition, words, options) => {
    called = { kind: 'command', command: definition, arguments: words, options };
  });
  catchOutput(program, (written) => {
    text += written;
  });
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'text', text: withNameHere(text, args), exitCode: error.exitCode === 0 ? 0 : exitCodes.USAGE };
  }
  return called ?? { kind: 'text', text: program.helpInformation(), exitCode: exitCodes.USAGE };
}

/** In place of the suggestion, which goes by likeness alone. */
function withNameHere(text: string, args: readonly string[]): string {
  const [line, unknown = ''] = /^error: unknown (?:option|command) '([^'=]+).*$/m.exec(text) ?? [];
  const here = nameHere(args, unknown);
  return line === undefined || here === undefined ? text : `${line}\n(pack has it; here: ${here})\n`;
}

/** Commands that read their words themselves; their help is ours. */
function rawCommand([name, ...words]: readonly string[]): ParsedCommandLine | undefined {
  const command = commands.find((definition) => definition.raw === true && definition.name === name);
  const [first] = words;
  if (command === undefined || first === undefined || first.startsWith('-')) return undefined;
  return { kind: 'command', command, arguments: words, options: {} };
}

type OnCall = (command: CommandDefinition, words: readonly string[], options: Options) => void;

function makeProgram(onCall: OnCall): Command {
  const program = new Command('tsbuildpack')
    .description('Builds OCI images from source code with Cloud Native Buildpacks: no daemon, no privileges')
    .version(packageVersion(), '-V, --version', 'Print the version')
    .helpCommand('help [command]', 'Show the help of a command')
    .helpOption('-h, --help', 'Show this help')
    .showSuggestionAfterError()
    .enablePositionalOptions();
  for (const definition of commands) addCommand(program, definition, onCall);
  program.addHelpText('after', '\nExit codes and all settings are in docs/cli.md.');
  return program;
}

function addCommand(program: Command, definition: CommandDefinition, onCall: OnCall): void {
  const [first = '', second] = definition.name.split(' ');
  const parent = second === undefined ? program : groupCommand(program, first);
  const command = new Command(second ?? first).summary(definition.summary).description(describe(definition));
  command.helpOption('-h, --help', 'Show this help').showSuggestionAfterError();
  for (const argument of definition.arguments) command.argument(argument.name, argument.description);
  for (const option of [...definition.options, ...globalOptions]) command.addOption(makeOption(option));
  command.addHelpText('after', examplesText(definition));
  command.action((...values: unknown[]) => {
    onCall(definition, command.args, command.opts());
    void values;
  });
  parent.addCommand(command);
}

function groupCommand(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  if (known) return known;
  const group = new Command(name).description(groups[name] ?? '').helpOption('-h, --help', 'Show this help');
  program.addCommand(group);
  return group;
}

function makeOption(definition: OptionDefinition): Option {
  const option = new Option(definition.flags, definition.description);
  if (definition.choices) option.choices([...definition.choices]);
  if (definition.repeatable) {
    const check = option.parseArg;
    option.argParser<readonly string[]>((value, previous) => {
      // Choices are checked by the parser that they bring along.
      check?.(value, undefined);
      return [...(previous ?? []), value];
    });
  }
  return option;
}

function describe({ summary, description = [] }: CommandDefinition): string {
  return [summary, ...description].join('\n\n');
}

function examplesText({ examples }: CommandDefinition): string {
  if (examples.length === 0) return '';
  return `\nExamples:\n${examples.map(({ command, what }) => `  ${command}\n      ${what}`).join('\n')}\n`;
}

function catchOutput(command: Command, write: (text: string) => void): void {
  command.exitOverride().configureOutput({ writeOut: write, writeErr: write });
  for (const child of command.commands) catchOutput(child, write);
}
