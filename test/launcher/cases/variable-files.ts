import { layer, type RowCase } from './row-case.ts';

/** What the files of env, env.launch and env.launch/<type> do. */
export const variableFileCases: readonly RowCase[] = [
  {
    name: 'ENV-08 the name ends at the first dot; unknown actions are ignored',
    files: layer('a', { 'env/FOO.bar.append': 'x', 'env/BAR.unknown': 'x', 'env/BAZ.OVERRIDE': 'x' }),
    expected: { noEnv: ['FOO', 'BAR', 'BAZ'] },
  },
  {
    name: 'ENV-08 "NAME." prepends as to a path, ".append" has an empty name',
    files: layer('a', { 'env/FOO.': 'x', 'env/.append': 'y' }),
    moreEnv: ['FOO=1'],
    expected: { env: ['FOO=x:1', '=y'] },
  },
  {
    name: 'ENV-08 "NAME." uses the delimiter if there is one',
    files: layer('a', { 'env/FOO.': 'x', 'env/FOO.delim': ';' }),
    moreEnv: ['FOO=1'],
    expected: { env: ['FOO=x;1'] },
  },
  {
    name: 'ENV-08 a file name with = makes an odd variable',
    files: layer('a', { 'env/A=B': 'c' }),
    expected: { env: ['A=B=c'] },
  },
  {
    name: 'ENV-09 no suffix overrides',
    files: layer('a', { 'env/FOO': 'new', 'env/FOO.delim': ':' }),
    moreEnv: ['FOO=old'],
    expected: { env: ['FOO=new'] },
  },
  {
    name: 'ENV-10 contents are taken byte for byte',
    files: layer('a', { 'env/FOO': ' $HOME\t"x"\n\n' }),
    expected: { env: ['FOO= $HOME\t"x"\n\n'] },
  },
  {
    name: 'ENV-11 append: existing value, delimiter, contents',
    files: layer('a', {
      'env/FOO.append': 'new',
      'env/FOO.delim': ', ',
      'env/BAR.append': 'new',
      'env/BAR.delim': ',',
    }),
    moreEnv: ['FOO=old', 'BAR='],
    expected: { env: ['FOO=old, new', 'BAR=new'] },
  },
  {
    name: 'ENV-11 appending nothing leaves the delimiter at the end',
    files: layer('a', { 'env/FOO.append': '', 'env/FOO.delim': ':' }),
    moreEnv: ['FOO=old'],
    expected: { env: ['FOO=old:'] },
  },
  {
    name: 'ENV-12 prepending nothing leaves the delimiter in front',
    files: layer('a', { 'env/FOO.prepend': '', 'env/FOO.delim': ':' }),
    moreEnv: ['FOO=old'],
    expected: { env: ['FOO=:old'] },
  },
  {
    name: 'ENV-11 nothing to nothing is nothing',
    files: layer('a', { 'env/FOO.append': '', 'env/FOO.delim': ':', 'env/BAR.prepend': '', 'env/BAR.delim': ':' }),
    expected: { env: ['BAR=', 'FOO='] },
  },
  {
    name: 'ENV-11 append has no default delimiter',
    files: layer('a', { 'env/FOO.append': 'new' }),
    moreEnv: ['FOO=old'],
    expected: { env: ['FOO=oldnew'] },
  },
  {
    name: 'ENV-12 prepend: contents, delimiter, existing value',
    files: layer('a', {
      'env/FOO.prepend': 'new',
      'env/FOO.delim': '::',
      'env/BAR.prepend': 'new',
      'env/BAR.delim': ':',
    }),
    moreEnv: ['FOO=old'],
    expected: { env: ['FOO=new::old', 'BAR=new'] },
  },
  {
    name: 'ENV-13 default only where nothing or nothing but emptiness is',
    files: layer('a', { 'env/A.default': 'new', 'env/B.default': 'new', 'env/C.default': 'new' }),
    moreEnv: ['B=', 'C=old'],
    expected: { env: ['A=new', 'B=new', 'C=old'] },
  },
  {
    name: 'ENV-13 override sets, also to nothing',
    files: layer('a', { 'env/A.override': 'new', 'env/B.override': '' }),
    moreEnv: ['A=old', 'B=old'],
    expected: { env: ['A=new', 'B='] },
  },
  {
    name: 'ENV-14 a delimiter counts in its own directory only',
    files: layer('a', { 'env/FOO.delim': ':', 'env.launch/FOO.append': 'new' }),
    moreEnv: ['FOO=old'],
    expected: { env: ['FOO=oldnew'] },
  },
  {
    name: 'ENV-15 files apply in the order of their names',
    files: layer('a', {
      'env/FOO': '1',
      'env/FOO.append': '2',
      'env/FOO.default': '3',
      'env/FOO.override': '4',
      'env/FOO.prepend': '5',
    }),
    expected: { env: ['FOO=54'] },
  },
  {
    name: 'ENV-15 in one directory override comes behind append',
    files: layer('a', { 'env/FOO.append': '1', 'env/FOO.override': '2' }),
    moreEnv: ['FOO=0'],
    expected: { env: ['FOO=2'] },
  },
  {
    name: 'ENV-16 directories and links to them are skipped, links to files are followed',
    files: {
      ...layer('a', {
        'env/DIRECTORY/FOO': 'x',
        'env/LINK': { link: '/elsewhere' },
        'env/LINKED': { link: '/value' },
      }),
      '/elsewhere': { directory: true },
      '/value': 'linked',
    },
    expected: { env: ['LINKED=linked'], noEnv: ['DIRECTORY', 'LINK', 'FOO'] },
  },
  {
    name: 'ENV-16 a dangling link fails the launch',
    files: layer('a', { 'env/FOO': { link: '/nothing' } }),
    expected: {
      exit: 82,
      messages: [
        "ERROR: failed to launch: modify env: add layer env: apply env files from dir '/layers/test_one/a/env': stat /layers/test_one/a/env/FOO: no such file or directory",
      ],
    },
  },
  {
    name: 'ENV-16 a dangling delimiter fails the launch too',
    files: layer('a', { 'env/FOO.delim': { link: '/nothing' } }),
    expected: { exit: 82, argv: null },
  },
  {
    name: 'ENV-16 an unreadable file fails the launch, even one with an unknown suffix',
    files: layer('a', { 'env/FOO.unknown': { content: 'x', mode: 0 } }),
    uid: 1000,
    expected: {
      exit: 82,
      messages: [
        "ERROR: failed to launch: modify env: add layer env: apply env files from dir '/layers/test_one/a/env': open /layers/test_one/a/env/FOO.unknown: permission denied",
      ],
    },
  },
  {
    name: 'ENV-16 env being a file fails the launch',
    files: layer('a', { env: 'x' }),
    expected: {
      exit: 82,
      messages: [
        "ERROR: failed to launch: modify env: add layer env: apply env files from dir '/layers/test_one/a/env': open /layers/test_one/a/env: not a directory",
      ],
    },
  },
  {
    name: 'LCH-10 a variable file named like the started type fails the launch',
    files: layer('a', { 'env.launch/web': 'x' }),
    expected: { exit: 82, argv: null },
  },
];
