import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../buildpack/api.ts';
import type { Buildpack } from '../buildpack/buildpack.ts';
import { defaultExecEnv } from '../cnb/exec-env.ts';
import type { BuildEnvironment } from '../environment/build-environment.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { WorkspaceMemory } from '../source/workspace.ts';
import type { CreateDependencies, CreateRequest } from './create-request.ts';
import { detect, type Detected } from './detect.ts';
import { noGroupError } from './no-group-error.ts';

/** Makes the environment's directories those of this build alone: empty, then the source. */
export async function fillEnvironment(
  { paths }: BuildEnvironment,
  { source }: Pick<CreateRequest, 'source'>,
  { workspace }: { readonly workspace?: WorkspaceMemory } = {},
): Promise<void> {
  const emptied = workspace ? [paths.layers, paths.platform] : [paths.app, paths.layers, paths.platform];
  for (const { host } of emptied) await removeContent(host);
  await source.copyTo(paths.app.host, workspace);
}

/** The directory itself may be mounted somewhere, so it stays. */
async function removeContent(dir: string): Promise<void> {
  for (const name of readdirSync(dir)) await removeTree(join(dir, name));
}

export interface DetectGroupRequest extends Pick<
  CreateRequest,
  | 'source'
  | 'order'
  | 'extensions'
  | 'buildpacks'
  | 'env'
  | 'operatorEnv'
  | 'bindings'
  | 'platform'
  | 'execEnv'
  | 'isolation'
> {
  /** What is known of the run image. @default the platform */
  readonly target?: Target;
}

/** The group that builds this source. Throws DETECT_NO_GROUP and DETECT_NO_GROUP_ERRORS, and what detect() throws. */
export async function detectGroup(
  environment: BuildEnvironment,
  request: DetectGroupRequest,
  { hostEnv, report, onTrial, signal }: CreateDependencies,
): Promise<Detected> {
  const { order, extensions, buildpacks, env, operatorEnv, bindings, source, isolation } = request;
  const { appPath } = source;
  const result = await detect(
    {
      order,
      ...(extensions && { extensions }),
      buildpacks,
      env,
      ...(operatorEnv && { operatorEnv }),
      ...(bindings && { bindings }),
      target: targetFor(request),
      appPath,
      execEnv: request.execEnv ?? defaultExecEnv,
      isolation,
    },
    { environment, hostEnv, report, onTrial, signal },
  );
  if (result.found) {
    for (const other of result.alternatives) report({ type: 'info', message: otherGroup(result.group, other) });
    return result;
  }
  throw noGroupError(result, { app: join(source.root, appPath), appPath, hiddenBy: (path) => source.hiddenBy(path) });
}

/** What buildpacks are told of where the application will run. */
export function targetFor({ target, platform }: Pick<DetectGroupRequest, 'target' | 'platform'>): Target {
  const { os, architecture: arch, variant } = platform;
  return target ?? { os, arch, ...(variant && { variant }) };
}

/** Where two groups fit, the choice is not the user's yet: how to make it. */
function otherGroup(taken: readonly Buildpack[], other: readonly Buildpack[]): string {
  const idsOf = (group: readonly Buildpack[]): readonly string[] => group.map(({ descriptor }) => descriptor.id);
  const flags = idsOf(other).map((id) => `--buildpack ${id}`);
  return `Taking ${idsOf(taken).join(', ')}; ${idsOf(other).join(', ')} would fit too: ${flags.join(' ')}`;
}
