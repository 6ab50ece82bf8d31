import { writeJson } from './json.ts';

/** https://github.com/buildpacks/spec/blob/main/platform.md#iobuildpacksbuildmetadata-json */
export const buildMetadataLabel = 'io.buildpacks.build.metadata';

/** What `pack inspect` and platforms show about an image. */
export interface BuildMetadata {
  readonly processes: readonly LabelledProcess[];
  readonly buildpacks: readonly {
    readonly id: string;
    readonly version: string;
    readonly homepage?: string | undefined;
    /** In the specification, left out by the reference: LBL-10. */
    readonly api?: string | undefined;
  }[];
  readonly defaultProcessType?: string | undefined;
  readonly launcherVersion: string;
}

export interface LabelledProcess {
  readonly type: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly direct: boolean;
  readonly workingDirectory?: string | undefined;
  readonly buildpackId: string;
  readonly execEnv?: readonly string[] | undefined;
}

export function formatBuildMetadata(metadata: BuildMetadata): string {
  return writeJson({
    processes: metadata.processes.map(formatProcess),
    buildpacks: metadata.buildpacks.map(({ id, version, api, homepage }) => ({ id, version, api, homepage })),
    launcher: {
      version: metadata.launcherVersion,
      source: { git: { repository: '', commit: '' } },
    },
    'buildpack-default-process-type': metadata.defaultProcessType,
  });
}

function formatProcess(process: LabelledProcess): object {
  return {
    type: process.type,
    command: process.command,
    // The reference writes null for none from Platform API 0.15 on.
    args: process.args.length > 0 ? process.args : null,
    direct: process.direct,
    'working-dir': process.workingDirectory,
    buildpackID: process.buildpackId,
    'exec-env': process.execEnv && process.execEnv.length > 0 ? process.execEnv : undefined,
  };
}
