import { metadataWith } from '../launch-case.ts';
import { layer, type RowCase } from './row-case.ts';

const twoBuildpacks = {
  ...metadataWith({}),
  buildpacks: [
    { id: 'test/one', api: '0.10' },
    { id: 'two', api: '0.12' },
  ],
};

export const environmentCases: readonly RowCase[] = [
  {
    name: "LCH-07 the launcher's own variables are removed, all others stay",
    moreEnv: [
      'CNB_APP_DIR=/workspace',
      'CNB_LAYERS_DIR=/layers',
      'CNB_DEPRECATION_MODE=quiet',
      'CNB_NO_COLOR=1',
      'CNB_STACK_ID=x',
      'FOO=a=b',
      'EMPTY=',
    ],
    expected: {
      env: ['CNB_NO_COLOR=1', 'CNB_STACK_ID=x', 'EMPTY=', 'FOO=a=b', 'PATH=/bin'],
      noEnv: ['CNB_APP_DIR', 'CNB_LAYERS_DIR', 'CNB_PLATFORM_API', 'CNB_DEPRECATION_MODE', 'CNB_PROCESS_TYPE'],
    },
  },
  {
    name: 'LCH-07 of duplicate variables the first counts; those without = are dropped',
    moreEnv: ['FOO=1', 'FOO=2', 'NOTHING', '=odd'],
    expected: { env: ['=odd', 'FOO=1'], noEnv: ['NOTHING'] },
  },
  {
    name: 'LCH-08 every occurrence of its directories leaves PATH',
    env: [
      'CNB_PLATFORM_API=0.12',
      'PATH=/a:/cnb/process:/cnb/lifecycle:/b::/cnb/process:/cnb/process/x:/cnb/lifecycle/',
    ],
    expected: { env: ['PATH=/a:/b::/cnb/process/x:/cnb/lifecycle/'] },
  },
  {
    name: 'LCH-08 PATH may become empty',
    env: ['CNB_PLATFORM_API=0.12', 'PATH=/cnb/process:/cnb/lifecycle'],
    expected: { env: ['PATH='] },
  },
  {
    name: 'LCH-08 without PATH none is made',
    env: ['CNB_PLATFORM_API=0.12'],
    expected: { noEnv: ['PATH'] },
  },
  {
    name: 'ENV-03 bin and lib are added, include and pkgconfig are not',
    files: layer('a', {
      bin: { directory: true },
      lib: { directory: true },
      include: { directory: true },
      pkgconfig: { directory: true },
    }),
    expected: {
      env: ['LD_LIBRARY_PATH=/layers/test_one/a/lib', 'PATH=/layers/test_one/a/bin:/bin'],
      noEnv: ['LIBRARY_PATH', 'CPATH', 'PKG_CONFIG_PATH'],
    },
  },
  {
    name: 'ENV-04 no separator is left when the variable was empty',
    files: layer('a', { bin: { directory: true } }),
    env: ['CNB_PLATFORM_API=0.12', 'PATH=/cnb/process'],
    expected: { env: ['PATH=/layers/test_one/a/bin'] },
  },
  {
    name: 'ENV-04 a plain file named bin counts as well',
    files: layer('a', { bin: 'a file' }),
    expected: { env: ['PATH=/layers/test_one/a/bin:/bin'] },
  },
  {
    name: 'ENV-06 later layers and later buildpacks come first',
    metadata: twoBuildpacks,
    files: {
      ...layer('b', { bin: { directory: true } }),
      ...layer('a', { bin: { directory: true } }),
      '/layers/two/c/bin': { directory: true },
    },
    expected: { env: ['PATH=/layers/two/c/bin:/layers/test_one/b/bin:/layers/test_one/a/bin:/bin'] },
  },
  {
    name: "ENV-07 all layers' paths of a buildpack come before its first variable file",
    files: {
      ...layer('a', { 'env/PATH.prepend': '/first:' }),
      ...layer('b', { bin: { directory: true } }),
    },
    expected: { env: ['PATH=/first:/layers/test_one/b/bin:/bin'] },
  },
  {
    name: 'ENV-07 env, env.launch, env.launch/<type>, in this order; env.build never',
    files: layer('a', {
      'env/FOO.append': '1',
      'env.launch/FOO.append': '2',
      'env.launch/web/FOO.append': '3',
      'env.launch/worker/FOO.append': '4',
      'env.build/FOO.append': '5',
    }),
    expected: { env: ['FOO=123'] },
  },
  {
    name: 'LCH-10 without a process type env.launch/<type> is not read',
    argv: ['/cnb/lifecycle/launcher', '--', '/bin/probe'],
    files: layer('a', { 'env.launch/FOO': '1', 'env.launch/web/FOO': '2' }),
    expected: { env: ['FOO=1'] },
  },
  {
    name: 'ENV-17 later layers: append last, prepend first, override last, default first',
    files: {
      ...layer('a', { 'env/A.append': '1', 'env/P.prepend': '1', 'env/O.override': '1', 'env/D.default': '1' }),
      ...layer('b', { 'env/A.append': '2', 'env/P.prepend': '2', 'env/O.override': '2', 'env/D.default': '2' }),
    },
    expected: { env: ['A=12', 'P=21', 'O=2', 'D=1'] },
  },
  {
    name: 'LCH-09 buildpacks in the order of the metadata; one without a directory is skipped',
    metadata: {
      ...metadataWith({}),
      buildpacks: [
        { id: 'z', api: '0.12' },
        { id: 'missing', api: '0.12' },
        { id: 'a', api: '0.12' },
      ],
    },
    files: { '/layers/z/l/env/FOO.append': 'z', '/layers/a/l/env/FOO.append': 'a' },
    expected: { env: ['FOO=za'] },
  },
  {
    name: 'LCH-09 slashes of an ID are underscores, all of them',
    metadata: { ...metadataWith({}), buildpacks: [{ id: 'a/b/c_d', api: '0.12' }] },
    files: { '/layers/a_b_c_d/l/env/FOO': 'x' },
    expected: { env: ['FOO=x'] },
  },
  {
    name: 'LCH-25 every directory is a layer, in the order of the names; links and files are not',
    files: {
      ...layer('B', { 'env/FOO.append': 'B' }),
      ...layer('a', { 'env/FOO.append': 'a' }),
      ...layer('10', { 'env/FOO.append': '10' }),
      ...layer('9', { 'env/FOO.append': '9' }),
      ...layer('.hidden', { 'env/FOO.append': 'h' }),
      '/layers/test_one/file.toml': 'x',
      '/layers/test_one/link': { link: '/elsewhere' },
      '/elsewhere/env/FOO.append': 'link',
    },
    expected: { env: ['FOO=h109Ba'] },
  },
  {
    name: 'LCH-25 a linked buildpack directory is followed',
    files: { '/layers/test_one': { link: '/elsewhere' }, '/elsewhere/l/env/FOO': 'x' },
    expected: { env: ['FOO=x'] },
  },
  {
    name: 'LCH-25 a buildpack directory that is a file fails the launch',
    files: { '/layers/test_one': 'x' },
    expected: {
      exit: 82,
      messages: [
        "ERROR: failed to launch: modify env: add layer root: failed to list files in dir '/layers/test_one': open /layers/test_one: not a directory",
      ],
    },
  },
  {
    name: 'LCH-25 without a variable left the process gets an empty environment',
    env: ['CNB_PLATFORM_API=0.12', 'CNB_APP_DIR=/workspace'],
    expected: { argv: ['/bin/probe'], noEnv: ['CNB_PLATFORM_API', 'CNB_APP_DIR', 'PATH'] },
  },
  {
    name: 'SEC a NUL byte in a variable fails at the start of the process',
    files: layer('a', { 'env/FOO': { content: 'a\0b' } }),
    expected: { exit: 82, messages: ['ERROR: failed to launch: direct exec: invalid argument'] },
  },
  {
    name: 'SEC a NUL byte in PATH fails before',
    files: layer('a', { 'env/PATH': { content: '/bin\0/x' } }),
    expected: { exit: 82, messages: ['ERROR: failed to launch: set path: setenv: invalid argument'] },
  },
  {
    name: 'SEC a variable that is too long fails with what the kernel says',
    files: layer('a', { 'env/FOO': 'x'.repeat(200_000) }),
    expected: { exit: 82, messages: ['ERROR: failed to launch: direct exec: argument list too long'] },
  },
  {
    name: 'SEC a variable file above 1 MiB is refused',
    files: layer('a', { 'env/FOO.unknown': 'x'.repeat((1 << 20) + 1) }),
    differs: 'The reference reads files of any size',
    expected: {
      exit: 82,
      messages: [
        "ERROR: failed to launch: modify env: add layer env: apply env files from dir '/layers/test_one/a/env': read /layers/test_one/a/env/FOO.unknown: file too large",
      ],
    },
  },
];
