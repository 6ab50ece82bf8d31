import { withoutNodemon } from './without-nodemon.ts';
import { withoutDotenv, withoutEnvCmd, withoutEnvFileFlags } from './env-files.ts';
import type { ScriptScope, UnusableCommand } from './start-command.ts';
import { unusable } from './start-command.ts';

/** What the first word of a command turns out to be. */
export type Unwrapped =
  | {
      readonly kind: 'words';
      readonly env: Readonly<Record<string, string>>;
      readonly words: readonly string[];
      readonly notes: readonly string[];
    }
  | { readonly kind: 'script'; readonly name: string; readonly args: readonly string[] }
  | { readonly kind: 'program' }
  | { readonly kind: 'shell'; readonly because: string }
  | UnusableCommand;

type Words = readonly [string, ...string[]];
type Unwrap = (words: Words, scope: ScriptScope) => Unwrapped;

/** Programs that only prepare the start of another one, and that stay behind or swallow signals when they are the process. */
const wrappers: Readonly<Record<string, Unwrap>> = {
  exec: ([, ...rest]) => same(rest),
  env: assignments,
  'cross-env': assignments,
  'cross-env-shell': () => ({ kind: 'shell', because: 'uses cross-env-shell' }),
  npx,
  bunx: npx,
  npm: packageManager,
  yarn: packageManager,
  pnpm: packageManager,
  bun,
  dotenv: (words) => ({ kind: 'words', ...withoutDotenv(words) }),
  dotenvx: (words) => ({ kind: 'words', ...withoutDotenv(words) }),
  'env-cmd': (words) => ({ kind: 'words', ...withoutEnvCmd(words) }),
  nodejs: ([, ...rest]) => same(['node', ...rest]),
  node,
  sh: shell,
  bash: shell,
  nodemon,
  pm2,
  forever: () =>
    unusable(
      'runs "forever", which leaves its program behind',
      'Start the program itself: whatever runs the container starts it again',
    ),
  concurrently: several,
  'npm-run-all': several,
  'run-p': several,
  'run-s': several,
  turbo: several,
  nx: several,
  lerna: several,
};

export function unwrap(words: Words, scope: ScriptScope): Unwrapped {
  const [first] = words;
  const wrapper = Object.hasOwn(wrappers, first) ? wrappers[first] : undefined;
  return wrapper === undefined ? { kind: 'program' } : wrapper(words, scope);
}

function same(
  words: readonly string[],
  more: { env?: Record<string, string>; notes?: readonly string[] } = {},
): Unwrapped {
  return { kind: 'words', words, env: more.env ?? {}, notes: more.notes ?? [] };
}

function assignments([program, ...rest]: Words): Unwrapped {
  const env: Record<string, string> = {};
  const words = [...rest];
  if (words[0] === '--') words.shift();
  if (words[0]?.startsWith('-') === true) return { kind: 'shell', because: `uses "${program} ${words[0]}"` };
  for (let match = /^(\w+)=(.*)$/s.exec(words[0] ?? ''); match !== null; match = /^(\w+)=(.*)$/s.exec(words[0] ?? '')) {
    env[match[1] ?? ''] = match[2] ?? '';
    words.shift();
  }
  return same(words, { env });
}

/** `npx next start`, with a package that is a dependency; npx would fetch any other when the container starts. */
function npx([program, ...rest]: Words): Unwrapped {
  const words = [...rest];
  while (words[0]?.startsWith('-') === true) {
    const flag = words.shift() ?? '';
    if (flag === '--') break;
    if (!['-y', '--yes', '--no-install', '--no', '-q', '--quiet', '--bun'].includes(flag)) {
      return unusable(
        `runs "${program} ${flag}", which fetches packages when it starts`,
        'Install the package and start its program',
      );
    }
  }
  const [name = '', ...args] = words;
  const versioned = /^(@?[^@]+)@/.exec(name)?.[1];
  if (versioned !== undefined) {
    return unusable(
      `runs "${program} ${name}", which fetches it when it starts`,
      `Install it, npm install ${name}, and start ${versioned}`,
    );
  }
  return same([name, ...args]);
}

const npmWords: ReadonlySet<string> = new Set(['run', 'run-script', 'rum', 'urn']);
const quiet: ReadonlySet<string> = new Set([
  '-s',
  '--silent',
  '--if-present',
  '-q',
  '--quiet',
  '--no-update-notifier',
  '--foreground-scripts',
]);
const elsewhereFlag = /^(?:-w|--workspaces?|-ws|--prefix|-C|--cwd|--filter|-F)(?:=|$)/;
/** Commands of yarn and pnpm that are no scripts. */
const notScripts: ReadonlySet<string> = new Set([
  'add',
  'ci',
  'dlx',
  'install',
  'i',
  'workspace',
  'workspaces',
  'node',
  'x',
  'create',
  'init',
]);

function packageManager([program, ...rest]: Words, scope: ScriptScope): Unwrapped {
  const elsewhere = rest.find((word) => elsewhereFlag.test(word));
  if (elsewhere !== undefined) {
    return unusable(
      `runs "${program} ${elsewhere} …", a script of another package`,
      'Build that package: tsbuildpack build ./DIRECTORY',
    );
  }
  const [command, ...args] = rest.filter((word, at) => !quiet.has(word) || rest.slice(0, at).includes('--'));
  if (command === undefined) return unusable(`runs "${program}" alone`, 'Start a program, for example: node server.js');
  if (npmWords.has(command)) return script(args);
  if (command === 'start' || command === 'test') return script([command, ...args]);
  return program === 'npm' ? npmCommand([program, command], args) : yarnCommand([program, command], args, scope);
}

function npmCommand([program, command]: readonly [string, string], args: readonly string[]): Unwrapped {
  return command === 'exec' || command === 'x' ? npx([program, ...args]) : installs(program, command);
}

/** `yarn next start`: a script, else the program of a dependency. */
function yarnCommand(
  [program, command]: readonly [string, string],
  args: readonly string[],
  { manifest }: ScriptScope,
): Unwrapped {
  if (command === 'exec') return same(withoutDashes(args));
  if (command === 'node') return same(['node', ...args]);
  if (notScripts.has(command)) return installs(program, command);
  return manifest.scripts[command] === undefined ? same([command, ...args]) : script([command, ...args]);
}

function installs(program: string, command: string): Unwrapped {
  return unusable(`runs "${program} ${command}"`, 'Do that when the image is built, in the script "build"');
}

function script([name, ...args]: readonly string[]): Unwrapped {
  if (name === undefined) return unusable('runs "npm run" without a script', 'Name the script');
  return { kind: 'script', name, args: withoutDashes(args) };
}

function withoutDashes(args: readonly string[]): readonly string[] {
  const at = args.indexOf('--');
  return at === -1 ? args : args.filter((_, index) => index !== at);
}

function bun(words: Words, scope: ScriptScope): Unwrapped {
  const [, command] = words;
  if (command === 'run' && scope.manifest.scripts[words[2] ?? ''] !== undefined) return packageManager(words, scope);
  return unusable('runs "bun", which the image does not have', 'Start it with node');
}

function node(words: Words, { hasFile }: ScriptScope): Unwrapped {
  const without = withoutEnvFileFlags(words, hasFile);
  if (without === undefined) return { kind: 'program' };
  return 'kind' in without ? without : { kind: 'words', ...without };
}

function shell([program, ...rest]: Words): Unwrapped {
  return rest.length === 0
    ? unusable(`starts ${program} without a script`, 'Name the script')
    : { kind: 'shell', because: `runs ${program}` };
}

/**
 * Nothing changes in an image that could be watched, and nodemon looks with a shell for what it has to stop. One for development is
 * answered like other tools for that.
 */
function nodemon(words: Words, { manifest, hasFile }: ScriptScope): Unwrapped {
  const { dependencies, main = 'index.js', fields } = manifest;
  if (dependencies['nodemon'] === undefined) return { kind: 'program' };
  if (hasFile('nodemon.json') || fields['nodemonConfig'] !== undefined) {
    return unusable('runs nodemon with a configuration', 'Start the program itself: node server.js');
  }
  const notes = ['nodemon is left out of it: nothing changes in an image that could be watched'];
  return same(withoutNodemon(words, main), { notes });
}

function pm2([, command = '', ...args]: Words): Unwrapped {
  const file = args.find((arg) => !arg.startsWith('-'));
  if (command === 'start' && args.includes('--no-daemon')) return { kind: 'program' };
  return unusable(
    `runs "pm2 ${command}", which leaves its program behind`,
    `Start ${file === undefined ? 'the program' : `it with node ${file}`}, or install pm2 and use pm2-runtime`,
  );
}

function several([program]: Words): Unwrapped {
  return unusable(
    `runs several things with "${program}"`,
    'Write a Procfile with one line for each process: web: node server.js',
  );
}
