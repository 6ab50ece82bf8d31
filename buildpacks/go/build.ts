import { rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { BuildResult, LayerHandle, ProcessDefinition } from '../../src/buildpack/api.ts';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { compile } from './compile.ts';
import { decideCgo } from './decide-cgo.ts';
import type { Target } from './find-mains.ts';
import type { GoProject } from './find-project.ts';
import { findProject } from './find-project.ts';
import { findTargets } from './find-targets.ts';
import { goCommand } from './go-command.ts';
import type { GoCommandOptions, RunGo } from './go-command.ts';
import type { KeptFile } from './kept-files.ts';
import { removeSource } from './kept-files.ts';
import { downloadSettings } from './network.ts';
import { flagName } from './refuse-flags.ts';
import type { GoBuildSettings } from './settings.ts';
import { readSettings, tagFlags } from './settings.ts';
import { provideToolchain, resolveToolchain } from './toolchain.ts';
import { goflagsWords, readUserGoSettings } from './user-go-settings.ts';

/** Compiles the programs of a Go project, each into a process, and leaves in the workspace what they may read when they run. */
export async function build(context: BuiltinBuildContext): Promise<BuildResult> {
  const settings = readSettings(context.env);
  const user = readUserGoSettings(context);
  const project = projectOf(context);
  sayWhatIsIgnored(context, project);
  const download = downloadSettings(context, user);
  const toolchain = await provideToolchain(context, { project, settings: user, version: settings.version, download });
  if (project.kind === 'file') writeModuleFile(project, `${toolchain.version.major}.${toolchain.version.minor}`);

  const modFlags = modFlagsOf(settings, project);
  const flags = [...modFlags, ...tagFlags(settings)];
  const go = await openGo(context, { toolchain, project, settings: user, offline: modFlags.includes('-mod=vendor') });
  const found = await findTargets(context, go, { settings, project, flags });
  const { targets, cgo, compiler } = await decideCgo(context, go, { settings, targets: found, flags });

  const layer = await context.layer('targets', { launch: true });
  await compile(context, go, { layer, options: { targets, settings, modFlags, cgo, compiler } });
  if (project.kind === 'file') rmSync(join(project.moduleDir, 'go.mod'));
  sayWhatStays(context, await removeSource(context, { patterns: settings.keepFiles }));
  return { processes: processesOf(context, targets, layer) };
}

/** The toolchain is what floats in a build. */
export async function resolveInputs(context: BuiltinBuildContext): Promise<void> {
  const settings = readSettings(context.env);
  const user = readUserGoSettings(context);
  const download = downloadSettings(context, user);
  await resolveToolchain(context, { project: projectOf(context), settings: user, version: settings.version, download });
}

function projectOf({ appDir, workspaceDir }: BuiltinBuildContext): GoProject {
  const project = findProject(appDir, workspaceDir);
  if (project === undefined)
    throw new TsbuildpackError('BUILD_FAILED', 'Cannot build: there is no go.mod, go.work or main.go');
  const [missing] = project.missing;
  if (missing === undefined) return project;
  throw new TsbuildpackError(
    'BUILD_FAILED',
    `Cannot build: ${missing.where} names the directory "${missing.path}", which is not in the source`,
    {
      hint: 'Name a folder that holds both with --source-root, and look whether an ignore file hides it',
    },
  );
}

/** What of the user's surroundings does not take part, so that nobody wonders. */
function sayWhatIsIgnored({ appDir, env, hostEnv, report }: BuiltinBuildContext, { ignoredWorkFile }: GoProject): void {
  if (ignoredWorkFile !== undefined) {
    report({
      type: 'info',
      message: `${relative(appDir, ignoredWorkFile)} does not use this module and is left aside`,
    });
  }
  const flags = goflagsWords(hostEnv['GOFLAGS'] ?? '', 'GOFLAGS').filter((flag) => !harmless.has(flagName(flag) ?? ''));
  if (flags.length > 0 && (env['GOFLAGS'] ?? '') === '') {
    const hint = 'Set them with BP_GO_BUILD_FLAGS, so that they are part of the build wherever it runs';
    report({ type: 'warning', message: `GOFLAGS of this machine is not used: ${flags.join(' ')}`, hint });
  }
}

/** Flags that change nothing in the program, or that are set anyway. */
const harmless: ReadonlySet<string> = new Set(['buildvcs', 'trimpath', 'modcacherw', 'v', 'x', 'p', 'mod']);

/** A lone main.go is the package of a module without dependencies; the file is taken away again. */
function writeModuleFile({ moduleDir }: GoProject, version: string): void {
  writeFileSync(join(moduleDir, 'go.mod'), `module main\n\ngo ${version}\n`, { flag: 'wx' });
}

/** Vendored dependencies are used as they are, also by modules for whose language version Go would not look there. */
function modFlagsOf({ flags }: GoBuildSettings, { vendored }: GoProject): string[] {
  const at = flags.findIndex((flag) => flagName(flag) === 'mod');
  const own = flags[at];
  if (own === undefined) return vendored ? ['-mod=vendor'] : [];
  return [own.includes('=') ? own.replace(/^--/, '-') : `-mod=${flags[at + 1] ?? ''}`];
}

/** The go command with its two caches, which look after what is in them. */
async function openGo(
  context: BuiltinBuildContext,
  options: Omit<GoCommandOptions, 'buildCache' | 'moduleCache'>,
): Promise<RunGo> {
  const cache = async (name: string): Promise<string> => {
    const layer = await context.layer(name, { cache: true, toolCache: true });
    return join(context.inside.layersDir, layer.name);
  };
  return goCommand(context, {
    ...options,
    buildCache: await cache('build-cache'),
    moduleCache: await cache('module-cache'),
  });
}

function processesOf(
  { appDir, workspaceDir, appImageDir }: BuiltinBuildContext,
  targets: readonly Target[],
  { imagePath }: LayerHandle,
): ProcessDefinition[] {
  return targets.map(({ name }, index) => ({
    type: name,
    command: [`${imagePath}/bin/${name}`],
    default: index === 0,
    ...(appDir === workspaceDir ? {} : { workingDirectory: appImageDir }),
  }));
}

const listedFiles = 10;

function sayWhatStays({ log }: BuiltinBuildContext, kept: readonly KeptFile[]): void {
  if (kept.length === 0) return;
  const total = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const files = kept.length === 1 ? '1 file' : `${kept.length} files`;
  log(`Kept in the working directory: ${files}, ${total} bytes (BP_KEEP_FILES decides otherwise)`);
  const largest = kept.toSorted((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1));
  for (const { path, sizeBytes } of largest.slice(0, listedFiles)) log(`  ${path} (${sizeBytes} bytes)`);
  if (kept.length > listedFiles) log(`  and ${kept.length - listedFiles} smaller ones`);
}
