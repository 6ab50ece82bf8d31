import { atLeast, currentPlatformApi, type ApiVersion } from './api-version.ts';
import { asMaps, asSlice, writeJson } from './json.ts';
import type { StoredBomEntry } from './launch-metadata.ts';
import { jsonFromToml } from './toml-json.ts';

/** https://github.com/buildpacks/spec/blob/main/platform.md#iobuildpacksbuildmetadata-json */
export const buildMetadataLabel = 'io.buildpacks.build.metadata';

/** What `pack inspect` and platforms show about an image. */
export interface BuildMetadata {
  readonly processes: readonly LabelledProcess[];
  readonly buildpacks: readonly LabelledModule[];
  /** Image extensions that took part. @default none */
  readonly extensions?: readonly LabelledModule[] | undefined;
  readonly defaultProcessType?: string | undefined;
  readonly launcherVersion: string;
  /** Bills of materials of old, which the label has below Platform API 0.9 (SBM-15). */
  readonly bom?: readonly StoredBomEntry[] | undefined;
}

interface LabelledModule {
  readonly id: string;
  readonly version: string;
  readonly homepage?: string | undefined;
  /** In the specification, left out by the reference: LBL-10. */
  readonly api?: string | undefined;
}

export interface LabelledProcess {
  readonly type: string;
  readonly command: readonly string[];
  readonly args?: readonly string[] | undefined;
  readonly direct: boolean;
  readonly workingDirectory?: string | undefined;
  readonly buildpackId: string;
  readonly execEnv?: readonly string[] | undefined;
}

export function formatBuildMetadata(metadata: BuildMetadata, platformApi: ApiVersion = currentPlatformApi): string {
  const { extensions = [] } = metadata;
  return writeJson({
    bom: atLeast(platformApi, '0.9') ? undefined : formatBom(metadata.bom ?? []),
    processes: metadata.processes.map((process) => formatProcess(process, platformApi)),
    buildpacks: asSlice(metadata.buildpacks.map((one) => formatModule(one, platformApi))),
    extensions: extensions.length > 0 ? extensions.map((one) => formatModule(one, platformApi)) : undefined,
    launcher: {
      version: metadata.launcherVersion,
      source: { git: { repository: '', commit: '' } },
    },
    'buildpack-default-process-type': metadata.defaultProcessType,
  });
}

function formatModule({ id, version, api, homepage }: LabelledModule, platformApi: ApiVersion): object {
  // LBL-10: the specification has the API there since 0.11.
  return { id, version, api: atLeast(platformApi, '0.11') ? api : undefined, homepage };
}

function formatBom(entries: readonly StoredBomEntry[]): readonly object[] | null {
  if (entries.length === 0) return null;
  return entries.map(({ name, metadata, buildpack: { id, version } }) => ({
    name,
    metadata: metadata === undefined ? null : asMaps(jsonFromToml(metadata)),
    buildpack: { id, version },
  }));
}

function formatProcess(process: LabelledProcess, platformApi: ApiVersion): object {
  // One text below Platform API 0.10, and what follows it in front of the arguments (LBL-11).
  const [program = '', ...always] = process.command;
  const isText = !atLeast(platformApi, '0.10');
  const args = isText ? [...always, ...(process.args ?? [])] : process.args;
  return {
    type: process.type,
    command: isText ? program : process.command,
    // As the reference tells no list from an empty one (PRC-20).
    args: args ?? null,
    direct: process.direct,
    'working-dir': process.workingDirectory,
    buildpackID: process.buildpackId,
    'exec-env': process.execEnv && process.execEnv.length > 0 ? process.execEnv : undefined,
  };
}
