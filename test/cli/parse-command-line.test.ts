import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { parseCommandLine, type ParsedCommandLine } from '../../src/cli/parse-command-line.ts';

function parse(...args: readonly string[]): ParsedCommandLine {
  return parseCommandLine(args);
}

test('parseCommandLine() reads arguments, repeated options and flags of build', () => {
  const parsed = parse('build', './app', '-t', 'a', '--tag', 'b', '--push', '--env=X=1', '-o', 'oci:out', '-q');
  expect(parsed).toMatchObject({
    kind: 'command',
    command: { name: 'build' },
    arguments: ['./app'],
    options: { tag: ['a', 'b'], push: true, env: ['X=1'], output: ['oci:out'], quiet: true },
  });
});

test('parseCommandLine() leaves what comes after -- to the process', () => {
  const parsed = parse('run', '--network', 'none', 'app', 'serve', '--', '--help', '-e', 'x');
  expect(parsed).toMatchObject({
    kind: 'command',
    arguments: ['app', 'serve', '--help', '-e', 'x'],
    options: { network: 'none' },
  });
});

// An option that is taken for an argument of the process would leave the container on the network without a word.
test('parseCommandLine() reads the options of run behind the image too, and refuses those that it does not know', () => {
  expect(parse('run', 'app', '--network', 'none')).toMatchObject({ arguments: ['app'], options: { network: 'none' } });
  expect(parse('run', 'app', '--port', '80')).toMatchObject({ kind: 'text', exitCode: 2 });
});

test('parseCommandLine() finds subcommands', () => {
  expect(parse('cache', 'prune', '--max-size', '1GB')).toMatchObject({
    command: { name: 'cache prune' },
    options: { maxSize: '1GB' },
  });
});

test.each<readonly string[]>([
  ['build', '--no-such-option'],
  ['build', 'a', 'b'],
  ['no-such-command'],
  ['copy', 'only-one'],
  ['cache'],
  ['build', '--isolation', 'docker'],
  [],
])('parseCommandLine() answers %s with a usage error: exit code 2', (...args) => {
  const parsed = parse(...args);
  expect(parsed).toMatchObject({ kind: 'text', exitCode: 2, text: expect.stringMatching(/./) });
});

test('parseCommandLine() suggests the command that was probably meant', () => {
  expect(parse('biuld')).toMatchObject({ kind: 'text', text: expect.stringContaining('Did you mean build?') });
});

test.each([
  { words: ['build', '--publish'], here: '--push' },
  { words: ['build', '.', '--path', 'app'], here: '--tag' },
  { words: ['build', '-D', 'web'], here: '--process' },
  { words: ['build', '--report-output-dir=out'], here: '--report' },
  { words: ['buildpack', 'package', 'a', '--format', 'file'], here: '--output' },
  { words: ['buildpack', 'new', 'a/b', '--version', '1.0.0'], here: '--buildpack-version' },
  { words: ['builder', 'create', 'a', '--publish'], here: '--push' },
])('parseCommandLine() answers $words, as pack has it, with $here', ({ words, here }) => {
  const parsed = parse(...words);
  expect(parsed).toMatchObject({
    kind: 'text',
    exitCode: 2,
    text: expect.stringMatching(`pack has it; here: .*${here}`),
  });
  expect(parsed).not.toMatchObject({ text: expect.stringContaining('Did you mean') });
  const definition = commands.find(({ name }) => name === words[0] || name === words.slice(0, 2).join(' '));
  expect(definition?.options.map(({ flags }) => flags).join(' ')).toContain(here);
});

test('parseCommandLine() answers a command of pack with that of here', () => {
  expect(parse('inspect-builder', 'a')).toMatchObject({
    exitCode: 2,
    text: expect.stringContaining('builder inspect'),
  });
});

test.each(commands.map(({ name }) => name))('help of %s says what it does and shows its examples', (name) => {
  const definition = commands.find((command) => command.name === name);
  const parsed = parse(...name.split(' '), '--help');
  expect(parsed).toMatchObject({ kind: 'text', exitCode: 0 });
  const text = parsed.kind === 'text' ? parsed.text : '';
  expect(text.replaceAll(/\s+/g, ' ')).toContain(definition?.summary);
  for (const { command } of definition?.examples ?? []) expect(text).toContain(command);
});

test('every option of every command has an own name and a description', () => {
  for (const { options, name } of commands) {
    const flags = options.map((option) => option.flags.split(' <')[0]);
    expect(new Set(flags).size, name).toBe(flags.length);
    for (const option of options) expect(option.description.length, `${name} ${option.flags}`).toBeGreaterThan(10);
  }
});

test('the help lists every command and group with what it is for', () => {
  const parsed = parse('--help');
  const text = parsed.kind === 'text' ? parsed.text : '';
  for (const name of new Set(commands.map((command) => command.name.split(' ')[0] ?? '')))
    expect(text).toMatch(new RegExp(String.raw`^ {2}${name}\b.* {2}\S`, 'm'));
});
