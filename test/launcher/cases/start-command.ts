import { defaultEnv, type Metadata, metadataWith } from '../launch-case.ts';
import type { RowCase } from './row-case.ts';

const launcher = '/cnb/lifecycle/launcher';
const platform = (version: string): string[] => [`CNB_PLATFORM_API=${version}`, 'PATH=/cnb/process:/bin'];
const twoWords = metadataWith({ command: ['/bin/probe', 'always'], args: ['default'] });
const oneWord = metadataWith({ command: ['/bin/probe'], args: ['default'] });
const oldBuildpack = { ...oneWord, buildpacks: [{ id: 'test/one', api: '0.8' }] };
const byEnvironment = metadataWith(
  { command: ['/bin/probe', 'test'], 'exec-env': ['test'] },
  { command: ['/bin/probe', 'production'], 'exec-env': ['production', 'staging'] },
);

export const startCommandCases: readonly RowCase[] = [
  {
    name: 'LCH-01 the name it is called by selects the process',
    metadata: metadataWith({ type: 'other', command: ['/bin/probe', 'no'] }, { command: ['/bin/probe', 'yes'] }),
    expected: { argv: ['/bin/probe', 'yes'], cwd: '/workspace' },
  },
  {
    name: 'LCH-01 only the last element of the name counts',
    argv: ['somewhere/else/web'],
    expected: { argv: ['/bin/probe'] },
  },
  {
    name: 'LCH-01 a type may hold dots',
    metadata: metadataWith({ type: 'a.b_c-1' }),
    argv: ['/cnb/process/a.b_c-1'],
    expected: { argv: ['/bin/probe'] },
  },
  {
    name: 'LCH-01 types are told apart by case',
    argv: ['/cnb/process/WEB'],
    expected: {
      exit: 82,
      messages: [
        'ERROR: failed to launch: determine start command: when there is no default process a command is required',
      ],
    },
  },
  {
    name: 'LCH-01 a name that ends in a slash selects nothing',
    argv: ['/cnb/process/web/'],
    expected: { exit: 82, argv: null },
  },
  {
    name: 'INIT its name is no process type',
    metadata: metadataWith({ type: 'tsbuildpack-init' }),
    argv: ['/cnb/process/tsbuildpack-init', '/bin/probe'],
    differs: 'The reference is no init',
    expected: { exit: 82, messages: ['ERROR: failed to launch: tsbuildpack-init cannot be a process type'] },
  },
  {
    name: 'INIT by its name it starts the command as its child, without any metadata',
    metadata: null,
    argv: ['/layers/x/bin/tsbuildpack-init', '/bin/probe', 'a'],
    differs: 'The reference is no init',
    expected: { argv: ['/bin/probe', 'a'], cwd: '/', isChild: true },
  },
  {
    name: 'LCH-02 arguments behind -- are started directly',
    argv: [launcher, '--', 'probe', 'a b', '', '$HOME'],
    expected: { argv: ['probe', 'a b', '', '$HOME'], cwd: '/workspace' },
  },
  {
    name: 'LCH-02 other arguments go through the shell',
    argv: [launcher, 'probe a; exec probe b'],
    shell: true,
    expected: { exit: 0 },
  },
  {
    name: 'LCH-02 a command of several arguments is expanded word by word',
    argv: [launcher, '/bin/probe', '$FOO', 'x  y'],
    moreEnv: ['FOO=one  two'],
    shell: true,
    expected: { argv: ['/bin/probe', 'one  two', 'x y'] },
  },
  {
    name: 'LCH-02 no arguments are an error',
    argv: [launcher],
    expected: {
      exit: 82,
      messages: [
        'ERROR: failed to launch: determine start command: when there is no default process a command is required',
      ],
    },
  },
  {
    name: 'LCH-02 a process type as argument is a command',
    argv: [launcher, 'web'],
    shell: true,
    expected: { exit: 127, argv: null },
  },
  {
    name: 'LCH-02 a lone -- goes to the shell',
    argv: [launcher, '--'],
    shell: true,
    expected: { exit: 2, argv: null },
  },
  {
    name: 'LCH-02 default = true means nothing to the launcher',
    metadata: '[[processes]]\ntype = "web"\ncommand = ["/bin/probe"]\ndirect = true\ndefault = true\n',
    argv: [launcher],
    expected: { exit: 82, argv: null },
  },
  {
    name: 'LCH-03 what follows in the command array comes first, then the default arguments',
    metadata: twoWords,
    expected: { argv: ['/bin/probe', 'always', 'default'] },
  },
  {
    name: "LCH-03 the user's arguments replace the default ones",
    metadata: twoWords,
    argv: ['/cnb/process/web', 'user'],
    expected: { argv: ['/bin/probe', 'always', 'user'] },
  },
  {
    name: "LCH-03 so they do with a buildpack's API below 0.9",
    metadata: { ...twoWords, buildpacks: [{ id: 'test/one', api: '0.8' }] },
    argv: ['/cnb/process/web', 'user'],
    expected: { argv: ['/bin/probe', 'always', 'user'] },
  },
  {
    name: 'LCH-03 several words need no known buildpack',
    metadata: { ...twoWords, buildpacks: [] },
    argv: ['/cnb/process/web', 'user'],
    expected: { argv: ['/bin/probe', 'always', 'user'] },
  },
  {
    name: "LCH-04 one word: the user's arguments replace (Buildpack API 0.9)",
    metadata: oneWord,
    argv: ['/cnb/process/web', 'user', '--', 'more'],
    expected: { argv: ['/bin/probe', 'user', '--', 'more'] },
  },
  {
    name: "LCH-04 one word: the user's arguments are appended (Buildpack API 0.8)",
    metadata: oldBuildpack,
    argv: ['/cnb/process/web', 'user'],
    expected: { argv: ['/bin/probe', 'default', 'user'] },
  },
  {
    name: 'LCH-04 one word: the default arguments without others',
    metadata: oneWord,
    expected: { argv: ['/bin/probe', 'default'] },
  },
  {
    name: 'LCH-04 an unknown buildpack is an error where it is needed',
    metadata: { ...oneWord, buildpacks: [] },
    argv: ['/cnb/process/web', 'user'],
    expected: {
      exit: 82,
      messages: [
        'ERROR: failed to launch: determine start command: failed to find buildpack for process web with buildpack ID test/one',
      ],
    },
  },
  {
    name: 'LCH-04 an unknown buildpack is none where it is not needed',
    metadata: { ...oneWord, buildpacks: [] },
    expected: { argv: ['/bin/probe', 'default'] },
  },
  {
    name: "LCH-05 below Platform API 0.10 the user's arguments are appended",
    metadata: metadataWith({ command: '/bin/probe', args: ['default'] }),
    env: platform('0.9'),
    argv: ['/cnb/process/web', 'user'],
    expected: { argv: ['/bin/probe', 'default', 'user'] },
  },
  {
    name: 'LCH-05 below Platform API 0.10 a command array is followed by all arguments',
    metadata: twoWords,
    env: platform('0.9'),
    argv: ['/cnb/process/web', 'user'],
    expected: { argv: ['/bin/probe', 'always', 'default', 'user'] },
  },
  {
    name: 'LCH-06 the first eligible process of the type is taken',
    metadata: byEnvironment,
    expected: { argv: ['/bin/probe', 'production'] },
  },
  {
    name: 'LCH-06 CNB_EXEC_ENV names the environment and stays',
    metadata: byEnvironment,
    moreEnv: ['CNB_EXEC_ENV=test'],
    expected: { argv: ['/bin/probe', 'test'], env: ['CNB_EXEC_ENV=test'] },
  },
  {
    name: 'LCH-06 an empty CNB_EXEC_ENV is production',
    metadata: byEnvironment,
    moreEnv: ['CNB_EXEC_ENV='],
    expected: { argv: ['/bin/probe', 'production'] },
  },
  {
    name: 'LCH-06 * is every environment',
    metadata: metadataWith({ command: ['/bin/probe', 'any'], 'exec-env': ['*'] }),
    moreEnv: ['CNB_EXEC_ENV=odd'],
    expected: { argv: ['/bin/probe', 'any'] },
  },
  {
    name: 'LCH-06 without an eligible process the launch fails',
    metadata: byEnvironment,
    moreEnv: ['CNB_EXEC_ENV=odd'],
    expected: {
      exit: 82,
      messages: ['ERROR: failed to launch: determine start command: process type web was not found'],
    },
  },
  {
    name: 'LCH-06 below Platform API 0.15 the first of the type is taken',
    metadata: byEnvironment,
    env: platform('0.14'),
    expected: { argv: ['/bin/probe', 'test'] },
  },
  {
    name: 'LCH-21 CNB_PROCESS_TYPE only warns',
    moreEnv: ['CNB_PROCESS_TYPE=worker'],
    expected: {
      argv: ['/bin/probe'],
      noEnv: ['CNB_PROCESS_TYPE'],
      messages: [
        'Warning: CNB_PROCESS_TYPE is not supported in Platform API 0.15',
        "Warning: Run with ENTRYPOINT 'worker' to invoke the 'worker' process type",
      ],
    },
  },
  {
    name: 'PRC-12 a command may be a string',
    metadata: metadataWith({ command: '/bin/probe', args: ['a'] }),
    expected: { argv: ['/bin/probe', 'a'] },
  },
  {
    name: 'PRC-10 what the launcher does not know is passed over',
    metadata: {
      ...metadataWith({}),
      'buildpack-default-process-type': 'web',
      labels: [{ key: 'a', value: 'b' }],
      slices: [{ paths: ['*.js'] }],
    } as Metadata,
    expected: { argv: ['/bin/probe'] },
  },
  {
    name: 'PRC-04 of two processes of one type the first is started',
    metadata: metadataWith({ command: ['/bin/probe', 'first'] }, { command: ['/bin/probe', 'second'] }),
    expected: { argv: ['/bin/probe', 'first'] },
  },
  {
    name: 'PRC-14 no environments named are all environments',
    metadata: metadataWith({ 'exec-env': [] }),
    moreEnv: ['CNB_EXEC_ENV=odd'],
    expected: { argv: ['/bin/probe'] },
  },
  {
    name: 'PRC-20 args may be missing',
    metadata: '[[processes]]\ntype = "web"\ncommand = ["/bin/probe"]\ndirect = true\n',
    expected: { argv: ['/bin/probe'] },
  },
  {
    name: 'PRC-19 without processes the launcher still starts commands',
    metadata: '',
    argv: [launcher, '--', '/bin/probe', 'a'],
    expected: { argv: ['/bin/probe', 'a'] },
  },
  {
    name: 'LCH-20 the process is the launcher itself, with its descriptors',
    descriptors: [3, 5, 9],
    expected: { argv: ['/bin/probe'], descriptors: [0, 1, 2, 3, 5, 9] },
  },
  {
    name: 'LCH-20 a closed standard input becomes /dev/null',
    inputClosed: true,
    expected: { argv: ['/bin/probe'], descriptors: [0, 1, 2] },
  },
  {
    name: 'LCH-20 ignored signals stay ignored',
    signalsIgnored: true,
    nativeOnly: true,
    differs: 'The Go runtime of the reference resets some to their default',
    expected: { argv: ['/bin/probe'], ignored: [10, 12] },
  },
  {
    name: 'LCH-20 an image may be read-only and its user anybody',
    readOnly: true,
    uid: 1000,
    expected: { argv: ['/bin/probe'] },
  },
  {
    name: 'LCH-20 long arguments and many of them',
    argv: [
      launcher,
      '--',
      'probe',
      'x'.repeat(5000),
      ...Array.from({ length: 100 }, (_, index) => `argument ${index}`),
    ],
    env: defaultEnv,
    expected: { exit: 0 },
  },
];
