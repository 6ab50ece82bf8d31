import type { LaunchProcess } from '../cnb/launch.ts';
import type { StoredProcess } from '../cnb/launch-metadata.ts';

export interface ProvidedProcesses {
  readonly buildpackId: string;
  readonly processes: readonly LaunchProcess[];
}

export interface MergedProcesses {
  /** Sorted by type (PRC-09). */
  readonly processes: readonly StoredProcess[];
  readonly defaultType?: string;
  readonly warnings: readonly string[];
}

/**
 * The processes of an image from those of its buildpacks, in build order — https://github.com/buildpacks/spec/blob/main/buildpack.md#launchtoml-toml:
 * a later one of the same type replaces an earlier one, the last default is the default, and replacing the default by one that
 * is not leaves none (PRC-06, PRC-07).
 */
export function mergeProcesses(provided: readonly ProvidedProcesses[]): MergedProcesses {
  const byType = new Map<string, StoredProcess>();
  const warnings: string[] = [];
  let defaultType: string | undefined;
  for (const { buildpackId, processes } of provided) {
    for (const process of processes) {
      if (process.default) defaultType = process.type;
      else if (process.type === defaultType) {
        defaultType = undefined;
        warnings.push(
          `Buildpack "${buildpackId}" redefines the default process "${process.type}" without making it the default: there is none now`,
        );
      }
      byType.set(process.type, stored(process, buildpackId));
    }
  }
  const sorted = [...byType.values()].toSorted((a, b) => (a.type < b.type ? -1 : 1));
  return {
    processes: sorted,
    // A warning is moot when a later process became the default.
    warnings: defaultType === undefined ? warnings : [],
    ...(defaultType !== undefined && { defaultType }),
  };
}

function stored(process: LaunchProcess, buildpackId: string): StoredProcess {
  const { default: _, ...given } = process;
  return { ...given, buildpackId };
}
