import { developmentUse } from './development-tools.ts';
import type { Manifest } from '../package-file.ts';
import { shellScript } from './shell-script.ts';
import { splitCommand } from './split-command.ts';
import type { DirectCommand, ScriptScope, StartCommand } from './start-command.ts';
import { unusable } from './start-command.ts';
import { unwrap } from './unwrap.ts';

/** Deeper nesting of `npm run` than anybody writes: a script that starts itself. */
const mostScripts = 10;

/** Reads a script of package.json, with the scripts that npm runs before and after it. */
export function readScript(name: string, scope: ScriptScope, depth = 0): StartCommand {
  const { scripts } = scope.manifest;
  const script = scripts[name];
  if (script === undefined) {
    return unusable(
      `runs the script "${name}", which package.json does not have`,
      'Add the script, or start a program',
    );
  }
  if (depth > mostScripts)
    return unusable(`runs "npm run ${name}" in a circle`, 'Start a program, not the script itself');
  const before = needed(scripts[`pre${name}`], scope);
  const after = scripts[`post${name}`];
  if (before === undefined && after === undefined) return readCommand(script, scope, depth);
  const list = [before, script, after].filter((text) => text !== undefined);
  const text = list
    .map((part) => (list.length > 1 && /[|;&\n]/.test(part.replaceAll('&&', '')) ? `(${part})` : part))
    .join(' && ');
  const because = before === undefined ? `has a post${name} script` : `has a pre${name} script`;
  return inShell(text, because, { scope, depth });
}

/** Reads a command line: of a script, a Procfile. */
export function readCommand(text: string, scope: ScriptScope, depth = 0): StartCommand {
  const rest = withoutRanScripts(npmVariables(text.trim(), scope.manifest), scope);
  const split = splitCommand(rest.text);
  if (!split.simple) return withNotes(inShell(rest.text, split.because, { scope, depth }), rest.notes);
  return withNotes(readWords({ env: split.assignments, words: split.words }, scope, depth), rest.notes);
}

function inShell(
  text: string,
  because: string,
  { scope, depth }: { readonly scope: ScriptScope; readonly depth: number },
): StartCommand {
  const { manifest } = scope;
  return shellScript(text, { because, manifest, read: (segment) => readCommand(segment, scope, depth + 1) });
}

interface Words {
  readonly env: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

/** Takes away what stands in front of the program itself, one thing at a time. */
function readWords({ env, words }: Words, scope: ScriptScope, depth: number): StartCommand {
  const [first, ...rest] = words;
  if (first === undefined) return unusable('names no program', 'Start a program, for example: node server.js');
  const wrapper = unwrap([first, ...rest], scope);
  switch (wrapper.kind) {
    case 'words': {
      const inner = readWords({ env: { ...env, ...wrapper.env }, words: wrapper.words }, scope, depth);
      return withNotes(inner, wrapper.notes);
    }
    case 'script': {
      const inner = readScript(wrapper.name, scope, depth + 1);
      return withEnv(withArguments(inner, wrapper.args), env);
    }
    case 'unusable':
      return wrapper;
    case 'program':
      return developmentUse(words, scope.manifest) ?? { kind: 'direct', env, words: [first, ...rest], notes: [] };
    case 'shell': {
      const script = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ');
      return inShell(script, wrapper.because, { scope, depth });
    }
  }
}

/** `npm run x -- --port 80`: npm appends the arguments, quoted. */
function withArguments(command: StartCommand, args: readonly string[]): StartCommand {
  if (args.length === 0) return command;
  if (command.kind === 'direct') return { ...command, words: [...command.words, ...args] };
  if (command.kind !== 'shell') return command;
  const quoted = args.map((arg) => `'${arg.replaceAll("'", String.raw`'\''`)}'`);
  return { ...command, script: `${command.script} ${quoted.join(' ')}` };
}

function withEnv(command: StartCommand, env: DirectCommand['env']): StartCommand {
  if (Object.keys(env).length === 0) return command;
  if (command.kind === 'direct') return { ...command, env: { ...env, ...command.env } };
  if (command.kind !== 'shell') return command;
  const exports = Object.entries(env).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  );
  return { ...command, script: `${exports.join('; ')}; ${command.script}` };
}

function withNotes(command: StartCommand, notes: readonly string[]): StartCommand {
  if (notes.length === 0 || (command.kind !== 'direct' && command.kind !== 'shell')) return command;
  return { ...command, notes: [...notes, ...command.notes] };
}

/** npm sets these for scripts, and their values are known now. npm's documentation, using-npm/scripts#packagejson-vars */
function npmVariables(text: string, manifest: Manifest): string {
  const pattern = /"?\$(?:\{npm_package_(?<braced>\w+)\}|npm_package_(?<plain>\w+))"?/g;
  return text.replaceAll(pattern, (...match: readonly unknown[]) => {
    const [all] = match;
    const groups = match.at(-1);
    const name = typeof groups === 'object' && groups !== null ? Object.values(groups).find(Boolean) : undefined;
    const value = npmVariable(String(name), manifest);
    return value === undefined || !/^[\w@%+=:,./-]*$/.test(value) ? String(all) : value;
  });
}

function npmVariable(name: string, { name: packageName, version, fields }: Manifest): string | undefined {
  if (name === 'name') return packageName;
  if (name === 'version') return version;
  const config: unknown = fields['config'];
  if (!name.startsWith('config_') || typeof config !== 'object' || config === null) return undefined;
  const value: unknown = Object.entries(config).find(([key]) => key === name.slice('config_'.length))?.[1];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

const runsScript = /^(?:npm run(?:-script)?|yarn(?: run)?|pnpm(?: run)?)\s+([\w:.-]+)$/;

/** `npm run build && node server.js`: that has been done. */
function withoutRanScripts(text: string, { ranScripts }: ScriptScope): { text: string; notes: readonly string[] } {
  const notes: string[] = [];
  let rest = text;
  for (let match = /^([^&|;]+)&&(.*)$/s.exec(rest); match !== null; match = /^([^&|;]+)&&(.*)$/s.exec(rest)) {
    const script = runsScript.exec((match[1] ?? '').trim())?.[1];
    if (script === undefined || !ranScripts.includes(script)) break;
    notes.push(`"${script}" is left out of it: it runs when the image is built`);
    rest = (match[2] ?? '').trim();
  }
  return { text: rest, notes };
}

/** A script before it whose work is done already is none. */
function needed(before: string | undefined, { ranScripts }: ScriptScope): string | undefined {
  const script = runsScript.exec(before?.trim() ?? '')?.[1];
  return script !== undefined && ranScripts.includes(script) ? undefined : before;
}
