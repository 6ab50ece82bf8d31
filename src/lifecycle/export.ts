import { atLeast, currentPlatformApi, type ApiVersion } from '../cnb/api-version.ts';
import type { LaunchMetadata } from '../cnb/launch-metadata.ts';
import type { LifecycleMetadata } from '../cnb/lifecycle-metadata.ts';
import type { BuildEnvironment, BuildPaths } from '../environment/build-environment.ts';
import type { Report } from '../events.ts';
import { editImage } from '../image/edit-image.ts';
import type { Image } from '../image/image.ts';
import { isDocker } from '../oci/media-types.ts';
import type { RunImage } from '../stack/run-image.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Scope } from '../store/scope.ts';
import type { BuildPhaseResult } from './build.ts';
import { checkLibraries } from './check-libraries.ts';
import { checkProcesses } from './check-processes.ts';
import { containerConfig } from './container-config.ts';
import type { CreateRequest } from './create-request.ts';
import { exportApplication } from './export-application.ts';
import { exportBuildpackLayers, type ExportedBuildpack } from './export-buildpack-layers.ts';
import type { ExportContext } from './export-context.ts';
import { exportLauncher, exportSbom, type LauncherLayers } from './export-launcher.ts';
import { layerPacker, type ExportedLayer } from './pack-layers.ts';
import type { PreviousImage } from './previous-image.ts';
import { relocationFor } from './relocation.ts';

export interface ExportRequest extends Pick<
  CreateRequest,
  'launcher' | 'defaultProcess' | 'labels' | 'sourceDateEpoch' | 'compression' | 'platform'
> {
  readonly appPath: string;
  readonly built: BuildPhaseResult;
  readonly runImage: RunImage;
  readonly previous: PreviousImage | undefined;
  readonly execEnv: string;
  readonly version: string;
  /** @default the newest */
  readonly platformApi?: ApiVersion;
  /** The value of the label io.buildpacks.project.metadata. @default '{}' */
  readonly projectMetadata?: string;
  /** An image whose layers are taken again where they are the same, as they are there (EXP-23, EXP-24). */
  readonly reusable?: Pick<Image, 'layers'> | undefined;
  /** Another launcher than ours. */
  readonly launcherFile?: string;
  /** Whether to look for programs that cannot run in the image. @default true */
  readonly checks?: boolean;
}

export interface ExportDependencies {
  readonly environment: BuildEnvironment;
  readonly blobs: Blobs;
  readonly scope: Pick<Scope, 'layers'>;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

export interface Exported {
  readonly image: Image;
  readonly layers: readonly ExportedLayer[];
  readonly metadata: LifecycleMetadata;
}

/** Turns what the buildpacks left into layers and lays them over the run image. */
export async function exportImage(request: ExportRequest, deps: ExportDependencies): Promise<Exported> {
  const { built, runImage, appPath } = request;
  const { paths } = deps.environment;
  const context = exportContext(request, deps);
  const launch = relocated(built.launchMetadata, context);
  if (request.checks ?? true) {
    await checkProcesses({ launch, outputs: built.outputs, runImage, paths, appPath, report: deps.report });
    await checkLibraries({ paths, runImage, report: deps.report });
  }
  const parts = await exportParts(launch, { request, context, paths });
  const layers = inOrder(parts);
  const platformApi = request.platformApi ?? currentPlatformApi;
  const metadata = metadataOf(parts, runImage, { platformApi, execEnv: request.execEnv });
  const image = editImage(runImage.image, {
    created: createdAt(request.sourceDateEpoch),
    // EXP-20
    namedHistory: atLeast(platformApi, '0.12'),
    layers: layers.map(({ layer, createdBy }) => ({ layer, createdBy })),
    config: (base) => containerConfig(base, { request, launch, metadata, context }),
  });
  return { image, layers, metadata };
}

interface ExportedParts {
  readonly buildpacks: readonly ExportedBuildpack[];
  readonly sbom: ExportedLayer | undefined;
  readonly application: readonly ExportedLayer[];
  readonly start: LauncherLayers | undefined;
}

async function exportParts(
  launch: LaunchMetadata,
  {
    request,
    context,
    paths,
  }: { readonly request: ExportRequest; readonly context: ExportContext; readonly paths: BuildPaths },
): Promise<ExportedParts> {
  const buildpacks: ExportedBuildpack[] = [];
  for (const output of request.built.outputs) buildpacks.push(await exportBuildpackLayers(output, context));
  const { appPath, launcher, platform } = request;
  return {
    buildpacks,
    sbom: await exportSbom(paths.layers, context),
    application: await exportApplication({ app: paths.app, appPath, slices: launch.slices }, context),
    start:
      launcher === 'none'
        ? undefined
        : await exportLauncher(launch, { platform, launcherFile: request.launcherFile }, context),
  };
}

/** Bottom to top, as EXP-03 has them. */
function inOrder({ buildpacks, sbom, application, start }: ExportedParts): readonly ExportedLayer[] {
  const last = start === undefined ? [] : [start.launcher, start.config, start.processes];
  return [...buildpacks.flatMap(({ layers }) => layers), sbom, ...application, ...last].filter(
    (layer) => layer !== undefined,
  );
}

function metadataOf(
  { buildpacks, sbom, application, start }: ExportedParts,
  runImage: RunImage,
  { platformApi, execEnv }: { readonly platformApi: ApiVersion; readonly execEnv: string },
): LifecycleMetadata {
  const sha = (exported: ExportedLayer | undefined): { readonly sha: string } => ({
    sha: exported?.layer.diffId ?? '',
  });
  return {
    app: application.map(sha),
    ...(sbom && { sbom: sha(sbom) }),
    buildpacks: buildpacks.map(({ metadata }) => metadata),
    config: sha(start?.config),
    ...(atLeast(platformApi, '0.15') && { execEnv }),
    launcher: sha(start?.launcher),
    'process-types': sha(start?.processes),
    ...runImageMetadata(runImage, platformApi),
  };
}

function exportContext(request: ExportRequest, deps: ExportDependencies): ExportContext {
  const { blobs, scope, report, signal, environment } = deps;
  const format = isDocker(request.runImage.image.mediaType) ? 'docker' : 'oci';
  const { compression, runImage, previous, reusable } = request;
  return {
    pack: layerPacker({ blobs, records: scope.layers, reusable, compression, format, report, signal }),
    owner: runImage.buildUser,
    previous,
    paths: environment.paths,
    relocation: relocationFor(environment.paths),
    report,
  };
}

function relocated(launch: LaunchMetadata, { relocation }: ExportContext): LaunchMetadata {
  return relocation ? { ...launch, processes: launch.processes.map(relocation.process) } : launch;
}

/** Names stand beside the reference since Platform API 0.12, under `stack` always (LBL-05, LBL-06). */
function runImageMetadata(
  { image, name, reference, mirrors }: RunImage,
  platformApi: ApiVersion,
): Pick<LifecycleMetadata, 'runImage' | 'stack'> {
  const known = { image: name, ...(mirrors.length > 0 && { mirrors }) };
  return {
    runImage: { topLayer: image.layers.at(-1)?.diffId ?? '', reference, ...(atLeast(platformApi, '0.12') && known) },
    stack: { runImage: known },
  };
}

/** EXP-19: a build has no date of its own, so that equal sources make equal images. */
function createdAt(sourceDateEpoch: number | undefined): string {
  if (sourceDateEpoch === undefined) return '1980-01-01T00:00:01Z';
  return new Date(sourceDateEpoch * 1000).toISOString().replace('.000Z', 'Z');
}
