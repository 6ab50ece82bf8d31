import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildOutcome, RanBuildpack } from '../buildpack/buildpack.ts';
import type { LaunchMetadata, StoredProcess } from '../cnb/launch-metadata.ts';
import { TsbuildpackError } from '../errors.ts';

export interface ProcessChoice {
  readonly launch: LaunchMetadata;
  readonly outputs: readonly { readonly buildpack: RanBuildpack; readonly outcome: BuildOutcome }[];
  /** `--process`. */
  readonly wanted: string | undefined;
}

/**
 * The one process of an image without a launcher. Throws LAUNCHER_NEEDED, naming the buildpack, where something has to happen
 * when the container starts that only a launcher does.
 */
export function processWithoutLauncher({ launch, outputs, wanted }: ProcessChoice): StoredProcess {
  for (const { buildpack, outcome } of outputs) refuseStartPrograms(buildpack, outcome);
  const { processes, defaultProcessType } = launch;
  const type = wanted ?? (processes.length === 1 ? processes[0]?.type : undefined);
  const process = processes.find((candidate) => candidate.type === type);
  if (process) return refuseShell(process);
  throw noProcess(processes, defaultProcessType);
}

function refuseShell(process: StoredProcess): StoredProcess {
  if (process.direct) return process;
  throw needed(`process "${process.type}" is for a shell, which a launcher starts`, 'Build with the launcher');
}

function noProcess(processes: readonly StoredProcess[], defaultProcessType: string | undefined): TsbuildpackError {
  const names = processes.map((candidate) => candidate.type).join(', ');
  return needed(
    processes.length === 0
      ? 'no buildpack contributed a process'
      : `there are ${processes.length} processes (${names}) and without a launcher an image has one`,
    processes.length === 0
      ? 'Build with the launcher'
      : `Choose one, for example --process ${defaultProcessType ?? processes[0]?.type ?? ''}, or build with the launcher`,
  );
}

const startFolders = ['exec.d', 'profile.d'] as const;

function refuseStartPrograms({ descriptor }: RanBuildpack, { layers }: BuildOutcome): void {
  for (const layer of layers.filter(({ launch }) => launch)) {
    if (!layer.hasDirectory) {
      throw needed(
        `layer ${descriptor.id}:${layer.name} is taken from the previous image, and the variables in it are not known here`,
        'Build with the launcher, or with --clear-cache',
      );
    }
    const found = startFolders.find((folder) => hasEntries(join(layer.path, folder)));
    if (found === undefined) continue;
    throw needed(
      `layer ${descriptor.id}:${layer.name} has programs in ${found} that run when the container starts`,
      `Build with the launcher, or without ${descriptor.id}`,
    );
  }
}

function hasEntries(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true && readdirSync(directory).length > 0;
}

function needed(reason: string, hint: string): TsbuildpackError {
  return new TsbuildpackError('LAUNCHER_NEEDED', `Cannot leave out the launcher: ${reason}`, { hint });
}
