import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StackNeed } from '../../../src/buildpack/api.ts';
import type { ServerFramework, StaticFramework } from '../frameworks/find-framework.ts';
import { findFramework } from '../frameworks/find-framework.ts';
import type { NodeProject } from '../find-project.ts';
import { lineOfKey } from '../package-file.ts';
import { parseProcfileLines } from './procfile-lines.ts';
import { readCommand, readScript } from './read-script.ts';
import type { DirectCommand, ScriptScope, ShellCommand, StartCommand } from './start-command.ts';

/** What starts an application, as far as it is known before anything is installed or built. */
export type StartPlan =
  | { readonly result: 'starts'; readonly processes: readonly PlannedProcess[] }
  /** There is no server in it. */
  | { readonly result: 'static'; readonly framework: StaticFramework }
  | { readonly result: 'nothing' }
  /** What is there cannot be the process of an image. */
  | { readonly result: 'problem'; readonly message: string; readonly hint: string };

export interface PlannedProcess {
  readonly type: string;
  readonly default: boolean;
  /** Who says so: `package.json:7 (start)`, `Procfile:1`, `server.js`. */
  readonly origin: string;
  readonly command: DirectCommand | ShellCommand | FrameworkCommand;
}

/** Whatever server the build of a framework leaves. */
export interface FrameworkCommand {
  readonly kind: 'framework';
  readonly framework: ServerFramework;
  /** The command of the script, with the user's arguments, for when the build left nothing better. */
  readonly words?: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

export interface StartSettings {
  /** BP_NODE_START_SCRIPT: the script that starts the application. @default 'start' */
  readonly startScript: string | undefined;
  /** Scripts that run when the image is built. */
  readonly ranScripts: readonly string[];
}

/** Procfile, the start script, what the framework makes, `main`, and files of well-known names, in this order. */
export function planStart(project: Pick<NodeProject, 'appDir' | 'app'>, settings: StartSettings): StartPlan {
  const { appDir, app } = project;
  const scope: ScriptScope = {
    manifest: app?.manifest ?? emptyManifest,
    hasFile: (path) => isFile(join(appDir, path)),
    ranScripts: settings.ranScripts,
  };
  const procfile = join(appDir, 'Procfile');
  if (isFile(procfile)) return fromProcfile(readFileSync(procfile, 'utf8'), scope);
  return fromPackage({ ...project, scope, settings, framework: findFramework(appDir, scope.manifest) });
}

/** The stack that a plan needs when a process is for a shell. */
export function stackOf(plan: StartPlan): StackNeed | undefined {
  if (plan.result !== 'starts') return undefined;
  for (const { command, origin } of plan.processes) {
    if (command.kind === 'shell') return { name: 'shell', reason: `the command of ${origin} ${command.because}` };
  }
  return undefined;
}

const emptyManifest: ScriptScope['manifest'] = {
  bin: {},
  scripts: {},
  dependencies: {},
  devDependencies: {},
  optionalDependencies: {},
  engines: {},
  volta: {},
  devEngines: { runtime: [], packageManager: [] },
  workspaces: [],
  fields: {},
};

function fromProcfile(text: string, scope: ScriptScope): StartPlan {
  const lines = parseProcfileLines(text);
  const [first] = lines;
  if (first === undefined) {
    return problem('Procfile names no process', 'Write a line such as "web: node server.js", or remove the file');
  }
  const main = lines.find(({ type }) => type === 'web') ?? first;
  const processes: PlannedProcess[] = [];
  for (const line of lines) {
    const origin = `Procfile:${line.line}`;
    const command = readCommand(line.command, scope);
    if (command.kind === 'unusable' || command.kind === 'development') return problemOf(origin, command);
    processes.push({ type: line.type, default: line === main, origin, command });
  }
  return { result: 'starts', processes };
}

interface Package extends Pick<NodeProject, 'appDir' | 'app'> {
  readonly scope: ScriptScope;
  readonly settings: StartSettings;
  readonly framework: ServerFramework | StaticFramework | undefined;
}

function fromPackage(where: Package): StartPlan {
  const { scope, settings, framework } = where;
  const { scripts } = scope.manifest;
  const name = settings.startScript ?? 'start';
  if (settings.startScript !== undefined && !isScript(scripts[name])) {
    return problem(
      `package.json has no script "${name}", which BP_NODE_START_SCRIPT names`,
      `It has ${Object.keys(scripts).join(', ')}`,
    );
  }
  if (isScript(scripts[name])) return fromScript(name, where);
  const production = productionScript(scripts);
  if (production !== undefined && framework?.kind !== 'server') return fromScript(production, where);
  return (
    fromFramework(where) ??
    fromFiles(where) ??
    (framework?.kind === 'static' ? { result: 'static', framework } : { result: 'nothing' })
  );
}

function fromScript(name: string, where: Package): StartPlan {
  const { scope, framework } = where;
  const command = readScript(name, scope);
  const origin = originOf(name, where);
  if (command.kind === 'shell') return one(origin, command);
  if (command.kind === 'direct') {
    // It refuses to serve an export: https://nextjs.org/docs/app/guides/static-exports
    if (framework?.kind === 'static' && command.words[0] === 'next') return { result: 'static', framework };
    return one(origin, framework?.kind === 'server' ? asFramework(command, framework) : command);
  }
  return otherThan(name, command, where) ?? problemOf(origin, command);
}

/** What is for developers is answered with what is for production, when the application has that. */
function otherThan(name: string, { kind }: StartCommand, where: Package): StartPlan | undefined {
  const { scope, framework } = where;
  const production = name === 'start' ? productionScript(scope.manifest.scripts) : undefined;
  if (production !== undefined) return fromScript(production, where);
  if (kind !== 'development') return undefined;
  const other = fromFramework(where) ?? fromFiles(where);
  if (other !== undefined) return other;
  return framework?.kind === 'static' ? { result: 'static', framework } : undefined;
}

/** `next start` in a script says no more than that it is a Next.js application. */
function asFramework(command: DirectCommand, framework: ServerFramework): DirectCommand | FrameworkCommand {
  const { words, env, notes } = command;
  const own = framework.command;
  return own !== undefined && own.every((word, at) => words[at] === word) && own[0] === 'next'
    ? { kind: 'framework', framework, words, env, notes }
    : command;
}

function fromFramework({ framework }: Package): StartPlan | undefined {
  if (framework?.kind !== 'server') return undefined;
  const command: FrameworkCommand = {
    kind: 'framework',
    framework,
    env: {},
    notes: [],
    ...(framework.command && { words: framework.command }),
  };
  return one(framework.name, command);
}

const files = ['server', 'index', 'app', 'main'].flatMap((name) =>
  ['js', 'mjs', 'cjs'].map((extension) => `${name}.${extension}`),
);

function fromFiles({ scope, settings, framework }: Package): StartPlan | undefined {
  const { manifest, hasFile } = scope;
  const { main } = manifest;
  const start = (file: string, origin: string): StartPlan =>
    one(origin, { kind: 'direct', env: {}, words: ['node', file], notes: [] });
  if (main !== undefined && (hasFile(main) || hasFile(`${main}.js`))) return start(main, 'package.json (main)');
  // A single-page application has a main.js that browsers run.
  const candidates = framework?.kind === 'static' ? files.filter((name) => name.startsWith('server.')) : files;
  const found = candidates.find((name) => hasFile(name));
  if (found !== undefined) return start(found, found);
  const isBuilt = main !== undefined && settings.ranScripts.length > 0 && framework === undefined;
  return isBuilt ? start(main, 'package.json (main)') : undefined;
}

/** Names under which applications keep the command for production beside the one for developers. */
function productionScript(scripts: Readonly<Record<string, string>>): string | undefined {
  const names = ['start:prod', 'start:production', 'start-prod', 'prod', 'production'];
  // Angular: https://angular.dev/guide/ssr
  return (
    names.find((name) => isScript(scripts[name])) ?? Object.keys(scripts).find((name) => name.startsWith('serve:ssr'))
  );
}

function isScript(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '';
}

function originOf(script: string, { app }: Package): string {
  return `package.json:${lineOfKey(app?.text ?? '', ['scripts', script])} (${script})`;
}

function one(origin: string, command: PlannedProcess['command']): StartPlan {
  return { result: 'starts', processes: [{ type: 'web', default: true, origin, command }] };
}

function problem(message: string, hint: string): StartPlan {
  return { result: 'problem', message, hint };
}

function problemOf(origin: string, command: Extract<StartCommand, { kind: 'development' | 'unusable' }>): StartPlan {
  return command.kind === 'development'
    ? problem(
        `the command of ${origin} runs "${command.tool}", which ${command.because}`,
        'Add a script "start:prod" with the command for production, for example: node dist/main.js',
      )
    : problem(`the command of ${origin} ${command.problem}`, command.hint);
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
