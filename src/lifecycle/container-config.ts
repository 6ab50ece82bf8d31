import { atLeast, currentPlatformApi } from '../cnb/api-version.ts';
import type { LaunchMetadata } from '../cnb/launch-metadata.ts';
import type { LifecycleMetadata } from '../cnb/lifecycle-metadata.ts';
import { TsbuildpackError } from '../errors.ts';
import type { ContainerConfig } from '../oci/image-config.ts';
import type { ExportContext } from './export-context.ts';
import type { ExportRequest } from './export.ts';
import { imageEnvironment, setVariables, variablesOf } from './image-environment.ts';
import { imageLabels } from './image-labels.ts';
import { appImageDir, imagePaths } from './image-paths.ts';
import { launchEnvironment } from './launch-environment.ts';
import { processWithoutLauncher } from './start-without-launcher.ts';

export interface ConfigParts {
  readonly request: ExportRequest;
  readonly launch: LaunchMetadata;
  readonly metadata: LifecycleMetadata;
  readonly context: ExportContext;
}

/** The base's configuration with ours; whatever no rule changes survives (EXP-02, EXP-13 to EXP-17). */
export function containerConfig(
  base: ContainerConfig,
  { request, launch, metadata, context }: ConfigParts,
): ContainerConfig {
  const labels = imageLabels({
    lifecycle: metadata,
    launch,
    launcherVersion: request.version,
    platformApi: request.platformApi,
    execEnv: atLeast(request.platformApi ?? currentPlatformApi, '0.15') ? request.execEnv : undefined,
    user: request.labels ?? {},
    projectMetadata: request.projectMetadata,
    report: context.report,
  });
  const common = { ...base, Labels: { ...base.Labels, ...labels } };
  const { app, layers } = context.paths;
  const appDir = appImageDir(app.image, request.appPath);
  if (request.launcher === 'none') return { ...common, ...startDirectly(base, { request, launch, context, appDir }) };
  return {
    ...common,
    Env: imageEnvironment(base.Env ?? [], { appDir, layersDir: layers.image, platformApi: request.platformApi }),
    WorkingDir: appDir,
    Entrypoint: [entrypoint(request, launch)],
    Cmd: null,
  };
}

/** EXP-17. */
function entrypoint({ defaultProcess }: ExportRequest, { processes, defaultProcessType }: LaunchMetadata): string {
  if (defaultProcess !== undefined && !processes.some(({ type }) => type === defaultProcess)) {
    const known = processes.map(({ type }) => type).join(', ') || 'none';
    throw new TsbuildpackError('EXPORT_FAILED', `Cannot start process "${defaultProcess}": there is no such process`, {
      hint: `The processes are: ${known}`,
    });
  }
  const type = defaultProcess ?? defaultProcessType;
  return type === undefined ? imagePaths.launcher : `${imagePaths.processes}/${type}`;
}

function startDirectly(
  base: ContainerConfig,
  { request, launch, context, appDir }: Omit<ConfigParts, 'metadata'> & { readonly appDir: string },
): ContainerConfig {
  const { outputs } = request.built;
  const process = processWithoutLauncher({ launch, outputs, wanted: request.defaultProcess });
  const variables = launchEnvironment({
    base: variablesOf(base.Env ?? []),
    outputs,
    processType: process.type,
    layersDir: context.paths.layers.image,
    text: context.relocation?.text ?? ((text) => text),
  });
  return {
    Env: setVariables(base.Env ?? [], variables),
    WorkingDir: process.workingDirectory ?? appDir,
    Entrypoint: process.command,
    // What the user types after the image's name replaces these, as with the launcher.
    Cmd: process.args !== undefined && process.args.length > 0 ? process.args : null,
  };
}
