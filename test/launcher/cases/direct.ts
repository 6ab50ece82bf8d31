import { metadataWith } from '../launch-case.ts';
import type { RowCase } from './row-case.ts';

const launcher = '/cnb/lifecycle/launcher';
const lookUp = (message: string): string => `ERROR: failed to launch: path lookup: exec: ${message}`;

export const directCases: readonly RowCase[] = [
  {
    name: 'LCH-11 the process runs in the app directory',
    moreEnv: ['CNB_APP_DIR=/app'],
    files: { '/app': { directory: true } },
    expected: { cwd: '/app' },
  },
  {
    name: 'LCH-11 and EXI-09 a missing app directory fails the launch',
    moreEnv: ['CNB_APP_DIR=/app'],
    expected: {
      exit: 82,
      messages: ['ERROR: failed to launch: change to app directory: chdir /app: no such file or directory'],
    },
  },
  {
    name: 'LCH-11 an empty CNB_APP_DIR is the default',
    moreEnv: ['CNB_APP_DIR=', 'CNB_LAYERS_DIR='],
    expected: { cwd: '/workspace' },
  },
  {
    name: 'LCH-11 another layers directory',
    metadata: null,
    moreEnv: ['CNB_LAYERS_DIR=/other/'],
    files: {
      '/other/config/metadata.toml':
        '[[processes]]\ntype = "web"\ncommand = ["probe"]\ndirect = true\n[[buildpacks]]\nid = "x"\napi = "0.12"\n',
      '/other/x/l/env/FOO': 'other',
    },
    expected: { argv: ['probe'], env: ['FOO=other'] },
  },
  {
    name: 'LCH-11 a relative layers directory: metadata from the start, layers from the app directory',
    metadata: null,
    moreEnv: ['CNB_LAYERS_DIR=layers'],
    files: {
      '/layers/config/metadata.toml':
        '[[processes]]\ntype = "web"\ncommand = ["/bin/probe"]\ndirect = true\n[[buildpacks]]\nid = "x"\napi = "0.12"\n',
      '/layers/x/l/env/FOO': 'start',
      '/workspace/layers/x/l/env/FOO': 'app',
      '/workspace/layers/x/l/bin': { directory: true },
    },
    expected: { env: ['FOO=app', 'PATH=/workspace/layers/x/l/bin:/bin'] },
  },
  {
    name: 'LCH-11 a relative app directory fails in direct mode',
    moreEnv: ['CNB_APP_DIR=workspace'],
    expected: {
      exit: 82,
      messages: ['ERROR: failed to launch: change directory: chdir workspace: no such file or directory'],
    },
  },
  {
    name: 'PRC-13 an absolute working directory',
    metadata: metadataWith({ 'working-dir': '/tmp/work' }),
    files: { '/tmp/work': { directory: true } },
    expected: { cwd: '/tmp/work' },
  },
  {
    name: 'PRC-13 a relative working directory is below the app directory',
    metadata: metadataWith({ 'working-dir': 'sub/dir' }),
    files: { '/workspace/sub/dir': { directory: true } },
    expected: { cwd: '/workspace/sub/dir' },
  },
  {
    name: 'PRC-13 an empty working directory is the app directory',
    metadata: metadataWith({ 'working-dir': '' }),
    expected: { cwd: '/workspace' },
  },
  {
    name: 'PRC-13 a missing working directory fails the launch',
    metadata: metadataWith({ 'working-dir': '/missing' }),
    expected: {
      exit: 82,
      messages: ['ERROR: failed to launch: change directory: chdir /missing: no such file or directory'],
    },
  },
  {
    name: 'LCH-19 a bare name is looked up on the modified PATH',
    metadata: metadataWith({ command: ['tool'] }),
    files: { '/layers/test_one/a/bin/tool': { probe: true } },
    expected: { argv: ['tool'] },
  },
  {
    name: 'LCH-19 directories and files that are not executable are passed over',
    metadata: metadataWith({ command: ['tool'] }),
    env: ['CNB_PLATFORM_API=0.15', 'PATH=/missing:/a:/b:/c'],
    files: { '/a/tool': { directory: true }, '/b/tool': 'x', '/c/tool': { probe: true } },
    expected: { argv: ['tool'] },
  },
  {
    name: 'LCH-19 not found',
    argv: [launcher, '--', 'tool'],
    expected: { exit: 82, messages: [lookUp('"tool": executable file not found in $PATH')] },
  },
  {
    name: 'LCH-19 an empty PATH finds nothing',
    argv: [launcher, '--', 'probe'],
    env: ['CNB_PLATFORM_API=0.15', 'PATH='],
    expected: { exit: 82, messages: [lookUp('"probe": executable file not found in $PATH')] },
  },
  {
    name: 'LCH-19 no PATH finds nothing',
    argv: [launcher, '--', 'probe'],
    env: ['CNB_PLATFORM_API=0.15'],
    expected: { exit: 82, messages: [lookUp('"probe": executable file not found in $PATH')] },
  },
  ...['', '.', 'relative/..', 'relative'].map((entry): RowCase => ({
    name: `LCH-19 a hit through the PATH entry "${entry}" is refused although a later one has it`,
    argv: [launcher, '--', 'tool'],
    env: ['CNB_PLATFORM_API=0.15', `PATH=/x:${entry}:/c`],
    files: {
      '/workspace/tool': { probe: true },
      '/workspace/relative/tool': { probe: true },
      '/c/tool': { probe: true },
    },
    expected: {
      exit: 82,
      messages: [lookUp('"tool": cannot run executable found relative to current directory')],
    },
  })),
  {
    name: 'LCH-19 a relative PATH entry without the program is passed over',
    argv: [launcher, '--', 'tool'],
    env: ['CNB_PLATFORM_API=0.15', 'PATH=.:/c'],
    files: { '/c/tool': { probe: true } },
    expected: { argv: ['tool'] },
  },
  ...['.', '..', ''].map((word): RowCase => ({
    name: `LCH-19 "${word}" is no program`,
    argv: [launcher, '--', word],
    expected: { exit: 82, messages: [lookUp(`"${word}": executable file not found in $PATH`)] },
  })),
  {
    name: 'LCH-19 a relative path is checked in the app directory and run in the working directory',
    metadata: metadataWith({ command: ['./tool'], 'working-dir': 'sub' }),
    files: { '/workspace/tool': { probe: true }, '/workspace/sub/tool': { probe: true } },
    expected: { argv: ['./tool'], cwd: '/workspace/sub' },
  },
  {
    name: 'LCH-19 a relative path that is missing in the app directory',
    metadata: metadataWith({ command: ['./tool'], 'working-dir': 'sub' }),
    files: { '/workspace/sub/tool': { probe: true } },
    expected: { exit: 82, messages: [lookUp('"./tool": stat ./tool: no such file or directory')] },
  },
  {
    name: 'LCH-19 a relative path that is missing in the working directory',
    metadata: metadataWith({ command: ['./tool'], 'working-dir': 'sub' }),
    files: { '/workspace/tool': { probe: true }, '/workspace/sub': { directory: true } },
    expected: { exit: 82, messages: ['ERROR: failed to launch: direct exec: no such file or directory'] },
  },
  {
    name: 'LCH-19 a directory by its path',
    argv: [launcher, '--', '/bin'],
    expected: { exit: 82, messages: [lookUp('"/bin": is a directory')] },
  },
  {
    name: 'LCH-19 a file that is not executable by its path',
    argv: [launcher, '--', '/file'],
    files: { '/file': 'x' },
    expected: { exit: 82, messages: [lookUp('"/file": permission denied')] },
  },
  {
    name: 'LCH-19 a path through a file',
    argv: [launcher, '--', '/file/tool'],
    files: { '/file': 'x' },
    expected: { exit: 82, messages: [lookUp('"/file/tool": stat /file/tool: not a directory')] },
  },
  {
    name: 'LCH-19 a path through a directory that may not be searched',
    argv: [launcher, '--', '/closed/tool'],
    files: { '/closed/tool': { probe: true }, '/closed': { directory: true, mode: 0o700 } },
    uid: 1000,
    expected: { exit: 82, messages: [lookUp('"/closed/tool": stat /closed/tool: permission denied')] },
  },
  {
    name: 'LCH-19 quotes in the name are escaped in the message',
    argv: [launcher, '--', 'a"b\\c\td\re\u0001é'],
    expected: { exit: 82, messages: [lookUp('"a\\"b\\\\c\\td\\re\\x01é": executable file not found in $PATH')] },
  },
  {
    name: 'LCH-19 no shell for a file without #!',
    argv: [launcher, '--', '/script'],
    files: { '/script': { content: 'echo hello', mode: 0o755 } },
    shell: true,
    expected: { exit: 82, messages: ['ERROR: failed to launch: direct exec: exec format error'] },
  },
  {
    name: 'LCH-19 no next PATH entry after execve failed',
    argv: [launcher, '--', 'tool'],
    env: ['CNB_PLATFORM_API=0.15', 'PATH=/a:/b'],
    files: { '/a/tool': { content: '#!/missing\n', mode: 0o755 }, '/b/tool': { probe: true } },
    expected: { exit: 82, messages: ['ERROR: failed to launch: direct exec: no such file or directory'] },
  },
  {
    name: 'LCH-23 an empty command array in direct mode',
    metadata: metadataWith({ command: [] }),
    expected: { exit: 82, messages: ['ERROR: failed to launch: no command provided for process type "web"'] },
  },
  {
    name: 'LCH-23 an empty word as command',
    metadata: metadataWith({ command: [''] }),
    expected: { exit: 82, messages: [lookUp('"": executable file not found in $PATH')] },
  },
  {
    name: 'SEC a NUL byte in an argument',
    metadata: metadataWith({ args: ['a\u0000b'] }),
    expected: { exit: 82, messages: ['ERROR: failed to launch: direct exec: invalid argument'] },
  },
  {
    name: 'SEC a NUL byte in the working directory',
    differs: 'The reference prints the NUL byte in its message',
    metadata: metadataWith({ 'working-dir': '/tmp\u0000/x' }),
    files: { '/tmp': { directory: true } },
    expected: { exit: 82, argv: null },
  },
  {
    name: 'SEC a NUL byte in a buildpack ID',
    differs: 'The reference prints the NUL byte in its message',
    metadata: { ...metadataWith({}), buildpacks: [{ id: 'test\u0000/one', api: '0.10' }] },
    expected: { exit: 82, argv: null },
  },
  {
    name: 'SEC an ID of dots stays what it is',
    metadata: { ...metadataWith({}), buildpacks: [{ id: '..', api: '0.10' }] },
    files: { '/top/env/FOO': 'x' },
    expected: { env: ['FOO=x'] },
  },
];
