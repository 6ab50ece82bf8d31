import type { FileSpec } from '../launch-case.ts';
import { metadataWith } from '../launch-case.ts';
import { layer, type RowCase } from './row-case.ts';

interface Program {
  /** What the program writes to descriptor 3. */
  readonly output?: string | Uint8Array;
  readonly status?: number;
}

/** exec.d programs by their path below the buildpack's directory. */
function execD(programs: Readonly<Record<string, Program>>): Record<string, FileSpec> {
  const files: Record<string, FileSpec> = {};
  for (const [path, { output, status }] of Object.entries(programs)) {
    const file = `/layers/test_one/${path}`;
    files[file] = { probe: true };
    if (output !== undefined) files[`/fixtures${file}.out`] = { content: output };
    if (status !== undefined) files[`/fixtures${file}.status`] = String(status);
  }
  return files;
}

const one = '/layers/test_one/a/exec.d/p';
const failed = (reason: string): string =>
  `ERROR: failed to launch: exec.d: failed to execute exec.d file at path '${one}': ${reason}`;

/** One program that writes this; what becomes of FOO. */
function sets(name: string, toml: string | Uint8Array, env: readonly string[]): RowCase {
  return {
    name: `LCH-12 ${name}`,
    files: execD({ 'a/exec.d/p': { output: toml } }),
    expected: { argv: ['/bin/probe'], env },
  };
}

/** One program whose output is refused. */
function refused(name: string, toml: string | Uint8Array): RowCase {
  return {
    name: `LCH-12 refused: ${name}`,
    files: execD({ 'a/exec.d/p': { output: toml } }),
    expected: {
      exit: 82,
      argv: null,
      messages: [`ERROR: failed to launch: exec.d: failed to decode output from exec.d file at path '${one}': toml: …`],
    },
  };
}

const script = (...lines: string[]): string => ['#!/bin/bash', ...lines, ''].join('\n');

export const execDCases: readonly RowCase[] = [
  {
    name: 'LCH-12 what it returns overrides for later programs and for the process',
    files: {
      ...execD({ 'a/exec.d/1': { output: 'FOO = "one"\nBAR = "one"\n' }, 'b/exec.d/2': { output: 'FOO = "two"\n' } }),
      ...layer('a', { 'env/FOO': 'file' }),
    },
    expected: {
      execD: ['/layers/test_one/a/exec.d/1', '/layers/test_one/b/exec.d/2'],
      env: ['BAR=one', 'FOO=two'],
    },
  },
  {
    name: 'LCH-13 per layer: exec.d, then exec.d/<type>, each in the order of the names',
    files: execD({
      'b/exec.d/web/1': {},
      'b/exec.d/1': {},
      'a/exec.d/web/z': {},
      'a/exec.d/web/a': {},
      'a/exec.d/z': {},
      'a/exec.d/10': {},
      'a/exec.d/9': {},
      'a/exec.d/worker/no': {},
    }),
    expected: {
      execD: [
        'a/exec.d/10',
        'a/exec.d/9',
        'a/exec.d/z',
        'a/exec.d/web/a',
        'a/exec.d/web/z',
        'b/exec.d/1',
        'b/exec.d/web/1',
      ].map((path) => `/layers/test_one/${path}`),
    },
  },
  {
    name: 'LCH-12 without a process type exec.d/<type> is not run',
    argv: ['/cnb/lifecycle/launcher', '--', 'probe'],
    files: execD({ 'a/exec.d/1': {}, 'a/exec.d/web/2': {} }),
    expected: { execD: ['/layers/test_one/a/exec.d/1'], argv: ['probe'] },
  },
  {
    name: 'LCH-12 descriptor 3 is the output, other descriptors pass through, input is /dev/null',
    files: execD({ 'a/exec.d/p': {} }),
    descriptors: [3, 4, 8],
    expected: { execD: [one], descriptors: [0, 1, 2, 3, 4, 8] },
  },
  {
    name: 'LCH-11 exec.d runs in the app directory, the process in its own',
    metadata: metadataWith({ 'working-dir': '/tmp/work' }),
    files: { ...execD({ 'a/exec.d/p': {} }), '/tmp/work': { directory: true } },
    expected: { execD: [one], cwd: '/tmp/work' },
  },
  {
    name: 'LCH-12 a failure ends the launch with its status',
    files: execD({ 'a/exec.d/p': { output: 'not TOML', status: 7 }, 'b/exec.d/q': {} }),
    expected: { exit: 82, argv: null, execD: [one], messages: [failed('exit status 7')] },
  },
  {
    name: 'LCH-12 a signal ends the launch with its name',
    files: layer('a', { 'exec.d/p': script('kill -KILL $$') }),
    shell: true,
    expected: { exit: 82, argv: null, messages: [failed('signal: killed')] },
  },
  {
    name: 'LCH-14 a file that is not executable fails the launch',
    files: layer('a', { 'exec.d/p': 'x' }),
    expected: { exit: 82, argv: null, messages: [failed(`fork/exec ${one}: permission denied`)] },
  },
  {
    name: 'LCH-14 a link to a directory fails the launch',
    files: { ...layer('a', { 'exec.d/p': { link: '/elsewhere' } }), '/elsewhere': { directory: true } },
    expected: { exit: 82, argv: null, messages: [failed(`fork/exec ${one}: permission denied`)] },
  },
  {
    name: 'LCH-14 a script without #! is no program',
    files: layer('a', { 'exec.d/p': { content: 'echo', mode: 0o755 } }),
    shell: true,
    expected: { exit: 82, argv: null, messages: [failed(`fork/exec ${one}: exec format error`)] },
  },
  {
    name: 'LCH-12 exec.d being a file fails the launch',
    files: layer('a', { 'exec.d': 'x' }),
    expected: {
      exit: 82,
      argv: null,
      messages: [
        "ERROR: failed to launch: exec.d: failed to list files in dir '/layers/test_one/a/exec.d': open /layers/test_one/a/exec.d: not a directory",
      ],
    },
  },
  {
    name: 'LCH-12 a program named like the started type runs, then the launch fails',
    files: execD({ 'a/exec.d/web': {} }),
    expected: { exit: 82, argv: null, execD: ['/layers/test_one/a/exec.d/web'] },
  },
  {
    name: 'LCH-12 end of file is waited for, not the end of the program',
    descriptors: [4],
    files: layer('a', { 'exec.d/p': script('(read -t 0.2 -u 4; printf "FOO = \'late\'" >&3) &') }),
    shell: true,
    expected: { env: ['FOO=late'] },
  },
  {
    name: 'LCH-12 the program is waited for after it closed descriptor 3',
    descriptors: [4],
    files: layer('a', { 'exec.d/p': script('printf "FOO = \'x\'" >&3; exec 3>&-; read -t 0.2 -u 4; exit 3') }),
    shell: true,
    expected: { exit: 82, argv: null, messages: [failed('exit status 3')] },
  },
  {
    name: 'LCH-12 standard output and error pass through',
    files: layer('a', { 'exec.d/p': script('echo out; echo err >&2') }),
    shell: true,
    expected: { argv: ['/bin/probe'], messages: ['out', 'err'] },
  },
  {
    name: 'LCH-12 a changed PATH is where the process is looked up',
    metadata: metadataWith({ command: ['tool'] }),
    files: { ...execD({ 'a/exec.d/p': { output: 'PATH = "/opt"' } }), '/opt/tool': { probe: true } },
    expected: { argv: ['tool'], env: ['PATH=/opt'] },
  },
  {
    name: 'LCH-12 if no variable is left, exec.d gets the environment as it came',
    env: ['CNB_PLATFORM_API=0.12', 'CNB_APP_DIR=/workspace'],
    files: execD({ 'a/exec.d/p': {} }),
    expected: { argv: ['/bin/probe'], noEnv: ['CNB_PLATFORM_API'] },
  },
  {
    name: 'LCH-12 a NUL byte for a later program fails',
    files: execD({ 'a/exec.d/o': { output: 'FOO = "a\\u0000b"' }, 'a/exec.d/p': {} }),
    expected: { exit: 82, argv: null, messages: [failed('exec: environment variable contains NUL')] },
  },
  {
    name: 'LCH-12 a NUL byte for the process fails',
    files: execD({ 'a/exec.d/p': { output: 'FOO = "a\\u0000b"' } }),
    expected: { exit: 82, argv: null, messages: ['ERROR: failed to launch: direct exec: invalid argument'] },
  },
  {
    name: 'SEC exec.d output above 1 MiB is refused',
    files: execD({ 'a/exec.d/p': { output: `# ${'x'.repeat(1 << 20)}` } }),
    differs: 'The reference reads output of any size',
    expected: {
      exit: 82,
      argv: null,
      messages: [
        `ERROR: failed to launch: exec.d: failed to read output from exec.d file at path '${one}': file too large`,
      ],
    },
  },
  sets('no output', '', []),
  sets('comments and blank lines', '# a\n\n \t# b\nFOO = "x" # c\n# d', ['FOO=x']),
  sets('all four kinds of string', 'A = "a\\tb"\nB = \'a\\tb\'\nC = """\na\nb"""\nD = \'\'\'\na\\\nb\'\'\'', [
    'A=a\tb',
    'B=a\\tb',
    'C=a\nb',
    'D=a\\\nb',
  ]),
  sets('bare and quoted keys', 'a-B_9 = "1"\n"a b" = "2"\n\'c.d\' = "3"\n"" = "4"\n1 = "5"\n"\\u00e9" = "6"', [
    'a-B_9=1',
    'a b=2',
    'c.d=3',
    '=4',
    '1=5',
    'Ã©=6',
  ]),
  sets('escapes, those of TOML 1.1 too', 'FOO = "\\b\\t\\n\\f\\r\\e\\"\\\\\\x41\\xe9\\u00e9\\U0001F600"', [
    'FOO=\b\t\n\f\r\x1b"\\AÃ©Ã©ð\x9f\x98\x80',
  ]),
  sets('escaped newlines', 'FOO = """a \\\n\n   b \\   \n c\\\n"""', ['FOO=a b c']),
  sets('quotes inside and at the end', 'A = """"a""b"""""\nB = \'\'\'\'a\'\'b\'\'\'\'\'', ['A="a""b""', "B='a''b''"]),
  sets('a newline right behind the opening quotes is left out, CRLF too', 'A = """\r\na\r\nb"""\r\n', ['A=a\r\nb']),
  sets('a byte order mark', '\uFEFFFOO = "x"', ['FOO=x']),
  sets('blanks around keys and values', '\t FOO\t =\t "x"\t \n', ['FOO=x']),
  sets('UTF-8', 'FOO = "é😀"', ['FOO=Ã©ð\x9f\x98\x80']),
  sets('an unknown launcher variable', 'CNB_APP_DIR = "x"', ['CNB_APP_DIR=x']),
  refused('an integer', 'FOO = 1'),
  refused('a float', 'FOO = 1.5'),
  refused('a boolean', 'FOO = true'),
  refused('a date', 'FOO = 2024-01-01'),
  refused('an array', 'FOO = ["a"]'),
  refused('an inline table', 'FOO = { a = "b" }'),
  refused('a table', '[FOO]\na = "b"'),
  refused('an empty table', '[FOO]'),
  refused('an array of tables', '[[FOO]]'),
  refused('a dotted key', 'a.b = "c"'),
  refused('a duplicate', 'FOO = "1"\nFOO = "2"'),
  refused('a duplicate by another spelling', 'FOO = "1"\n"F\\u004fO" = "2"'),
  refused('no value', 'FOO ='),
  refused('no key', '= "x"'),
  refused('no equals sign', 'FOO "x"'),
  refused('a bare word', 'FOO = x'),
  refused('two pairs in a line', 'FOO = "1" BAR = "2"'),
  refused('a string without an end', 'FOO = "x'),
  refused('a multi-line string without an end', 'FOO = """x"'),
  refused('a newline in a string', 'FOO = "a\nb"'),
  refused('an unknown escape', 'FOO = "\\y"'),
  refused('a surrogate', 'FOO = "\\ud800"'),
  refused('a code point that is none', 'FOO = "\\U00110000"'),
  refused('a short escape', 'FOO = "\\u12"'),
  refused('six quotes at the end', 'FOO = """a""""""'),
  refused('a control character', 'FOO = "a\u0001b"'),
  refused('a control character in a comment', '# \u0001'),
  refused('a delete character', 'FOO = "\u007f"'),
  refused('a NUL byte', 'FOO = "a"\0'),
  refused('a lone carriage return', 'FOO = "x"\rBAR = "y"'),
  refused('a bare key that is not ASCII', 'é = "x"'),
  refused('a multi-line key', '"""a""" = "x"'),
  refused('invalid UTF-8', Buffer.from('FOO = "\xff"', 'latin1')),
  refused('an overlong sequence', Buffer.from('FOO = "\xc0\x80"', 'latin1')),
  refused('a surrogate as UTF-8', Buffer.from('FOO = "\xed\xa0\x80"', 'latin1')),
  refused('a cut sequence at the end', Buffer.from('# \xe2\x82', 'latin1')),
];
