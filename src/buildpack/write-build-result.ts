import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeBuildToml } from '../cnb/build-toml.ts';
import { writeLaunch } from '../cnb/launch.ts';
import { parseProcessType } from '../cnb/process-type.ts';
import { writeStoreToml } from '../cnb/store-toml.ts';
import { tomlTableFromPlain } from '../cnb/toml-value.ts';
import type { BuildResult } from './api.ts';

/** Writes what a build gave back as the files that a CNB buildpack would leave in its layers directory. */
export function writeBuildResult(dir: string, result: BuildResult): void {
  const { processes = [], labels = {}, slices = [], unmet = [], store } = result;
  const launch = writeLaunch({
    processes: processes.map((process) => ({
      type: parseProcessType(process.type, 'launch.toml'),
      command: process.command,
      ...(process.args && { args: process.args }),
      default: process.default ?? false,
      direct: true,
      ...(process.workingDirectory !== undefined && { workingDirectory: process.workingDirectory }),
      execEnv: [],
    })),
    labels: Object.entries(labels).map(([key, value]) => ({ key, value })),
    slices,
    bom: [],
  });
  replace(join(dir, 'launch.toml'), launch);
  replace(join(dir, 'build.toml'), unmet.length === 0 ? undefined : writeBuildToml({ unmet }));
  replace(join(dir, 'store.toml'), store === undefined ? undefined : writeStoreToml(tomlTableFromPlain(store)));
}

function replace(file: string, text: string | undefined): void {
  rmSync(file, { force: true });
  if (text === undefined) return;
  writeFileSync(file, text, { flag: 'wx' });
  chmodSync(file, 0o644);
}
