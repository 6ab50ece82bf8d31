import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildResult, DetectResult } from '../../src/buildpack/api.ts';
import type { BuiltinBuildContext, BuiltinBuildpack, BuiltinDetectContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { describeNeeds } from './describe-needs.ts';
import type { ProgramProcess, Search } from './find-programs.ts';
import { findPrograms } from './find-programs.ts';

/** Finished programs: ELF files in a folder without source. See README.md. */
export function staticBinaryBuildpack(version: string): BuiltinBuildpack {
  return {
    id: 'tsbuildpack/static-binary',
    version,
    name: 'Static binary',
    description: 'Starts programs that are in the folder already',
    targets: [{ os: 'linux' }],
    relocatable: true,
    inputs: { hostEnv: [] },
    stacks: { default: 'static', also: ['scratch', 'base', 'shell'] },
    detect,
    build,
  };
}

async function detect(context: BuiltinDetectContext): Promise<DetectResult> {
  const search = await searchIn(context);
  if (search.found === false) return { pass: false, reason: search.reason };
  return { pass: true, reason: search.found === 'several' ? `found ${search.paths.join(', ')}` : search.reason };
}

async function build(context: BuiltinBuildContext): Promise<BuildResult> {
  const search = await searchIn(context);
  if (search.found === 'several') throw whichOne(search.paths);
  if (!search.found) throw new TsbuildpackError('BUILD_FAILED', `Cannot find a program: ${search.reason}`);
  for (const { program } of search.processes) {
    const { path, elf, executable } = program;
    if (!executable) await makeExecutable(context, path);
    const needs = describeNeeds(elf);
    context.log(needs === undefined ? `${path} is static` : `${path} needs ${needs}`);
  }
  return { processes: search.processes.map((process) => processOf(context, process)) };
}

function searchIn({ appDir, env, target }: BuiltinDetectContext): Promise<Search> {
  const named = (env['BP_STATIC_BINARY'] ?? '').split(/[:,\s]+/).filter((name) => name !== '');
  return findPrograms({ appDir, named, target });
}

/** Zip files and some file systems lose the bit; the first bytes say that it is a program. */
async function makeExecutable({ appDir, report }: BuiltinBuildContext, path: string): Promise<void> {
  await chmod(join(appDir, path), 0o755);
  report({
    type: 'warning',
    message: `${path} is not executable in the source; it is in the image`,
    hint: `To have it so everywhere: chmod +x ${path}`,
  });
}

function processOf(
  { appDir, workspaceDir, appImageDir }: BuiltinBuildContext,
  { type, program, args, default: isDefault }: ProgramProcess,
): NonNullable<BuildResult['processes']>[number] {
  return {
    type,
    command: [`${appImageDir}/${program.path}`, ...args],
    default: isDefault,
    ...(appDir === workspaceDir ? {} : { workingDirectory: appImageDir }),
  };
}

function whichOne(paths: readonly string[]): TsbuildpackError {
  return new TsbuildpackError('BUILD_FAILED', 'Cannot choose a program to start: there are several', {
    detail: paths.map((path) => `  ${path}`).join('\n'),
    hint: `Say which, the one that starts by default first: --env BP_STATIC_BINARY=${paths[0] ?? 'FILE'}, or write a Procfile`,
  });
}
