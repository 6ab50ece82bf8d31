import { existsSync } from 'node:fs';
import { posix, relative } from 'node:path';
import type { BuildResult, EnvModification, ProcessDefinition } from '../../../src/buildpack/api.ts';
import type { BuiltinBuildContext } from '../../../src/buildpack/builtin.ts';
import { findOutput } from '../frameworks/find-output.ts';
import { hostVariables } from '../frameworks/host-variables.ts';
import type { NodeProject } from '../find-project.ts';
import type { RuntimeLayer } from '../runtime-layer.ts';
import type { PlannedProcess } from '../start/plan-start.ts';
import type { ResolvedProcess } from '../start/resolve-process.ts';
import { resolveProcess } from '../start/resolve-process.ts';
import { productionPackages } from '../workspaces/production-packages.ts';
import { imageWorkspace, relocateOutput } from './relocate-output.ts';
import { selectFiles } from './select-files.ts';

export interface AssembleOptions {
  readonly project: NodeProject;
  readonly processes: readonly PlannedProcess[];
  readonly runtime: RuntimeLayer;
}

/**
 * The last step, when everything is installed and built: decides what starts, takes away what the image does not need, and says how
 * the rest is divided into layers. Throws BUILD_FAILED when a process could not start.
 */
export async function assembleImage(
  context: BuiltinBuildContext,
  { project, processes, runtime }: AssembleOptions,
): Promise<BuildResult> {
  const { appDir, rootDir } = project;
  const output = findOutput(appDir);
  const packages = productionPackages(appDir, rootDir);
  const { installed } = packages;
  const resolved = processes.map((process) => resolveProcess(process, { appDir, rootDir, installed, output }));
  for (const process of resolved) sayProcess(context, process);

  const isAllOutput = resolved.every((process) => process.output !== undefined);
  const selected = selectFiles({
    project,
    workspaceDir: context.workspaceDir,
    packages,
    output: isAllOutput ? output : undefined,
  });
  if (selected.reason !== undefined) context.log(selected.reason);
  if (selected.removedPackages > 0) {
    context.log(`Packages taken away, since production does not need them: ${selected.removedPackages}`);
  }
  const dependencies = await traced(context, selected.dependencies, { appDir, resolved });
  const relocated = relocateOutput(context);
  if (relocated > 0)
    context.log(`The path of the application was put into ${relocated} files that name the build directory`);
  await context.layer('start', { launch: true, env: launchEnvironment(context, project, resolved) });
  return {
    processes: resolved.map((process) => definitionOf(context, process, runtime)),
    slices: dependencies.length === 0 ? [] : [{ paths: dependencies.map((dir) => sliceOf(context, dir)) }],
  };
}

/** With BP_NODE_TRACE only those files of the dependencies stay that are loaded. */
async function traced(
  { env, workspaceDir, log }: BuiltinBuildContext,
  dependencies: readonly string[],
  { appDir, resolved }: { readonly appDir: string; readonly resolved: readonly ResolvedProcess[] },
): Promise<readonly string[]> {
  if (env['BP_NODE_TRACE'] !== 'true' || dependencies.length === 0) return dependencies;
  const { traceDependencies } = await import('./trace-dependencies.ts');
  const { beforeBytes, afterBytes } = await traceDependencies({
    appDir,
    workspaceDir,
    dependencies,
    processes: resolved,
  });
  const share = beforeBytes === 0 ? 0 : Math.round((1 - afterBytes / beforeBytes) * 100);
  log(`Traced dependencies: ${megabytes(beforeBytes)} became ${megabytes(afterBytes)}, ${share} % less`);
  return dependencies.filter((dir) => existsSync(dir));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function sayProcess({ log }: BuiltinBuildContext, { type, origin, words, notes, isShell }: ResolvedProcess): void {
  const command = isShell ? (words.at(-1) ?? '') : words.join(' ');
  log(`Process ${type} starts: ${command}  (from ${origin}${isShell ? ', by a shell' : ''})`);
  for (const note of notes) log(`  ${note}`);
}

/** npm gives these to the scripts it runs, and programs rely on some of them. */
function launchEnvironment(
  context: BuiltinBuildContext,
  { app, rootDir }: NodeProject,
  processes: readonly ResolvedProcess[],
): readonly EnvModification[] {
  const defaults: Record<string, string> = { NODE_ENV: 'production', BPL_NODE_HEAP_PERCENT: '75' };
  if (app !== undefined) {
    Object.assign(defaults, hostVariables(app.manifest));
    if (app.manifest.name !== undefined) defaults['npm_package_name'] = app.manifest.name;
    if (app.manifest.version !== undefined) defaults['npm_package_version'] = app.manifest.version;
  }
  const rootImageDir = posix.join(imageWorkspace(context), relative(context.workspaceDir, rootDir));
  const bins = [...new Set([context.appImageDir, rootImageDir])].map((dir) => posix.join(dir, 'node_modules', '.bin'));
  return [
    ...Object.entries(defaults).map(([name, value]): EnvModification => ({
      name,
      value,
      action: 'default',
      scope: 'launch',
    })),
    ...processes.flatMap(({ type, env, isShell, output }): readonly EnvModification[] => [
      ...Object.entries(env).map(([name, value]): EnvModification => {
        // What the script sets is set whatever the container has; what we add is for when nobody says otherwise.
        const isOurs = output !== undefined && output.env[name] === value && name !== 'HOSTNAME';
        return { name, value, action: isOurs ? 'default' : 'override', scope: { process: type } };
      }),
      ...(isShell
        ? [
            {
              name: 'PATH',
              value: bins.join(':'),
              action: 'prepend',
              delimiter: ':',
              scope: { process: type },
            } as const,
          ]
        : []),
    ]),
  ];
}

function definitionOf(
  { appDir, workspaceDir, appImageDir }: BuiltinBuildContext,
  { type, words, default: isDefault }: ResolvedProcess,
  { node, init }: RuntimeLayer,
): ProcessDefinition {
  const [first, ...rest] = words;
  return {
    type,
    command: [init, first === 'node' ? node : first, ...rest],
    default: isDefault,
    ...(appDir === workspaceDir ? {} : { workingDirectory: appImageDir }),
  };
}

/** Absolute, as the specification allows, because dependencies may lie above the application. */
function sliceOf(context: BuiltinBuildContext, dir: string): string {
  const path = posix.join(imageWorkspace(context), relative(context.workspaceDir, dir));
  return path.replaceAll(/[*?[\\]/g, String.raw`\$&`);
}
