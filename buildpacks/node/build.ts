import type { BuildResult } from '../../src/buildpack/api.ts';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import type { NodeProject } from './find-project.ts';
import { placeForeign } from './foreign-tree.ts';
import type { InstallRequest } from './install.ts';
import { installDependencies } from './install.ts';
import { npmCache } from './npm-cache.ts';
import { readNpmSettings } from './npm-settings.ts';
import { openTools } from './open-tools.ts';
import { projectOf } from './project-of.ts';
import { runtimeLayer } from './runtime-layer.ts';
import { buildScripts } from './scripts/build-scripts.ts';
import { runScripts } from './scripts/run-scripts.ts';
import { writeScriptsNpmrc } from './scripts-npmrc.ts';
import { readSettings } from './settings.ts';
import { assembleImage } from './slices/assemble-image.ts';
import { processesOf } from './start/detect-start.ts';

/**
 * From a Node project to what is in the image: read the project, resolve Node and npm, make the runtime layer, install all dependencies, run
 * the scripts that build, put packages for the target in place where it is another machine, and leave what production needs.
 */
export async function build(context: BuiltinBuildContext): Promise<BuildResult> {
  const project = projectOf(context);
  const settings = readSettings(context.env);
  const processes = processesOf(project, context.env);
  const scripts = buildScripts(project, context.env['BP_NODE_RUN_SCRIPTS']);
  const npm = readNpmSettings(context, project);
  const { runtime: node, tools } = await openTools(context, { project, settings, npm });
  const runtime = await runtimeLayer(context, node);

  const npmrc = writeScriptsNpmrc(context, npm);
  const request = installRequest(project, {
    tools,
    settings: npm,
    build: settings,
    npmrc,
    cache: npmCache(context),
    isLast: scripts.length === 0,
  });
  if (request !== undefined) await installDependencies(context, request);
  await runScripts(
    context,
    (args, { cwd, env }) => tools.npm(args, { cwd, variables: 'build', env: { npm_config_userconfig: npmrc, ...env } }),
    scripts,
  );
  if (request !== undefined && context.host.arch !== context.target.arch) await placeForeign(context, request);
  return await assembleImage(context, { project, processes, runtime });
}

/** A lone server.js has nothing to install. */
function installRequest(project: NodeProject, parts: Omit<InstallRequest, 'project'>): InstallRequest | undefined {
  const { root } = project;
  return root === undefined ? undefined : { ...parts, project: { ...project, root } };
}
