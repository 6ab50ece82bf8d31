import type { CommandDefinition, OptionDefinition } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import { globalOptions } from '../../src/cli/global-options.ts';
import { exitCodes } from '../../src/errors.ts';

/** docs/cli.md, made of the command definitions and the table of error codes. */
export function cliReference(): string {
  return `${[
    '<!-- Made by `npm run docs` from src/cli/commands and src/errors.ts: change it there. -->',
    '# The command line',
    '',
    'Standard output carries results only (`reference@digest`, a line for each image that was written); everything else goes to standard error. With `--json` standard output carries events and the result, one JSON object a line, the last one of type `result` or `error`.',
    '',
    ...commands.flatMap(commandSection),
    '## Options of every command',
    '',
    ...optionTable(globalOptions),
    '',
    ...settingsSection(),
    ...exitCodeSection(),
    ...environmentSection(),
  ].join('\n')}\n`;
}

function commandSection(command: CommandDefinition): readonly string[] {
  const usage = ['tsbuildpack', command.name, '[options]', ...command.arguments.map(({ name }) => name)].join(' ');
  return [
    `## tsbuildpack ${command.name}`,
    '',
    `${command.summary}.`,
    '',
    ...(command.description ?? []).flatMap((paragraph) => [paragraph, '']),
    '```text',
    usage,
    '```',
    '',
    ...command.arguments.map(({ name, description }) => `- \`${name}\`: ${description}`),
    ...(command.arguments.length > 0 ? [''] : []),
    ...(command.options.length > 0 ? [...optionTable(command.options), ''] : []),
    ...command.examples.map(({ command: line, what }) => `- \`${line}\`: ${what}`),
    '',
  ];
}

function optionTable(options: readonly OptionDefinition[]): readonly string[] {
  return [
    '| option | meaning | default |',
    '| --- | --- | --- |',
    ...options.map(
      (option) => `| \`${cell(option.flags)}\` | ${cell(meaning(option))} | ${cell(option.default ?? '')} |`,
    ),
  ];
}

function meaning({ description, choices, repeatable }: OptionDefinition): string {
  const among = choices ? ` (${choices.join(', ')})` : '';
  return `${description}${among}${repeatable ? '; may be repeated' : ''}`;
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

function settingsSection(): readonly string[] {
  const all = [...commands.flatMap(({ options }) => options), ...globalOptions];
  const settings = new Map(all.flatMap((option) => (option.setting ? [[option.setting, option]] : [])));
  return [
    '## Settings',
    '',
    'The first that is set counts: the flag, the variable, the key in `[dev.tsbuildpack]` of `project.toml`, the key in `$XDG_CONFIG_HOME/tsbuildpack/config.toml`. A key that is none of these is an error. `labels` is a table of labels for the image, in the two files only. Lists (`tag`, `output`, `stack-images` as NAME=PLACE) are separated by spaces or commas in a variable.',
    '',
    '| key | variable | flag |',
    '| --- | --- | --- |',
    ...[...settings].map(
      ([key, { flags }]) =>
        `| \`${key}\` | \`TSBUILDPACK_${key.toUpperCase().replaceAll('-', '_')}\` | \`${cell(flags)}\` |`,
    ),
    '',
  ];
}

function exitCodeSection(): readonly string[] {
  const byExit = new Map<number, string[]>();
  for (const [code, exit] of Object.entries(exitCodes)) byExit.set(exit, [...(byExit.get(exit) ?? []), code]);
  const rows = [...byExit].toSorted(([a], [b]) => a - b);
  return [
    '## Exit codes',
    '',
    'Phases have the ranges of the platform specification: detect 20-29, analyze 30-39, restore 40-49, build 50-59, export 60-69, rebase 70-79, launch 80-89, image extensions 90-99. 75 means that trying again may help; 130 and 143 that a signal ended the command. `run` gives the exit status of the process that it started.',
    '',
    '| exit code | error codes |',
    '| --- | --- |',
    '| 0 | none: it worked |',
    ...rows.map(([exit, codes]) => `| ${exit} | ${codes.map((code) => `\`${code}\``).join(', ')} |`),
    '',
  ];
}

const variables: readonly (readonly [name: string, meaning: string])[] = [
  ['TSBUILDPACK_*', 'settings, see above'],
  ['XDG_CACHE_HOME, XDG_CONFIG_HOME', 'where the store and the configuration file are'],
  ['CNB_REGISTRY_AUTH', 'credentials for registries: a JSON object of registry to value of the Authorization header'],
  ['DOCKER_CONFIG', 'the directory of Docker’s config.json, whose `auths` are used'],
  ['DOCKER_HOST', 'the socket for `docker-daemon:` places'],
  ['HTTP_PROXY, HTTPS_PROXY, NO_PROXY', 'proxies, for us and for what buildpacks download'],
  ['SSL_CERT_FILE, NODE_EXTRA_CA_CERTS', 'further certificate authorities'],
  ['SOURCE_DATE_EPOCH', 'the time in the image, in seconds since 1970'],
  ['NO_COLOR, FORCE_COLOR, CI', 'plain output, colours anyway, lines for a log'],
  [
    'TSBUILDPACK_CLOCK_OFFSET',
    'moves the clock that the tool itself looks at, in seconds: for tests that no result depends on the day',
  ],
];

function environmentSection(): readonly string[] {
  return [
    '## Environment',
    '',
    '| variable | meaning |',
    '| --- | --- |',
    ...variables.map(([name, what]) => `| \`${name}\` | ${what} |`),
  ];
}
