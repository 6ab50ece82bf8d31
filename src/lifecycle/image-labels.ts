import type { ApiVersion } from '../cnb/api-version.ts';
import { buildMetadataLabel, formatBuildMetadata } from '../cnb/build-metadata.ts';
import type { LaunchMetadata } from '../cnb/launch-metadata.ts';
import { formatLifecycleMetadata, lifecycleMetadataLabel, type LifecycleMetadata } from '../cnb/lifecycle-metadata.ts';
import type { Report } from '../events.ts';

const projectMetadataLabel = 'io.buildpacks.project.metadata';
const execEnvLabel = 'io.buildpacks.exec-env';

export interface ImageLabels {
  readonly lifecycle: LifecycleMetadata;
  readonly launch: LaunchMetadata;
  readonly launcherVersion: string;
  readonly platformApi: ApiVersion | undefined;
  /** Absent before Platform API 0.15 (LBL-08). */
  readonly execEnv: string | undefined;
  /** From the user: set after everything else. */
  readonly user: Readonly<Record<string, string>>;
  /** From project-metadata.toml. @default '{}' where there is none (LBL-13) */
  readonly projectMetadata?: string | undefined;
  readonly report: Report;
}

/** The labels in the order in which they are set (LBL-16): a later one of the same name replaces an earlier one. */
export function imageLabels({
  lifecycle,
  launch,
  launcherVersion,
  platformApi,
  execEnv,
  user,
  projectMetadata = '{}',
  report,
}: ImageLabels): Record<string, string> {
  const own = {
    [lifecycleMetadataLabel]: formatLifecycleMetadata(lifecycle),
    [buildMetadataLabel]: formatBuildMetadata(
      {
        bom: launch.bom,
        processes: launch.processes,
        buildpacks: launch.buildpacks,
        extensions: launch.extensions,
        defaultProcessType: launch.defaultProcessType,
        launcherVersion,
      },
      platformApi,
    ),
    [projectMetadataLabel]: projectMetadata,
  };
  const fromBuildpacks = launch.labels.filter(({ key }) => {
    const reserved = key in own || key === execEnvLabel;
    // A buildpack that replaced these would break rebase and the next build: PRC-16.
    if (reserved) report({ type: 'warning', message: `Left out label "${key}" of a buildpack: the lifecycle sets it` });
    return !reserved;
  });
  return {
    ...own,
    ...Object.fromEntries(fromBuildpacks.map(({ key, value }) => [key, value])),
    ...(execEnv !== undefined && { [execEnvLabel]: execEnv }),
    ...user,
  };
}
