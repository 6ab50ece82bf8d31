import type { ApiVersion } from './api-version.ts';
import { atLeast, currentPlatformApi } from './api-version.ts';
import type { GroupEntry } from './group.ts';
import { groupEntryFrom, groupEntryTable } from './group.ts';
import type { Label, Slice } from './launch.ts';
import { labelsFrom, slicesFrom } from './launch.ts';
import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import type { TomlTable } from './toml-value.ts';

/** `<layers>/config/metadata.toml`, which the launcher reads — https://github.com/buildpacks/spec/blob/main/platform.md#metadatatoml-toml */
export interface LaunchMetadata {
  readonly buildpacks: readonly GroupEntry[];
  readonly extensions: readonly GroupEntry[];
  readonly labels: readonly Label[];
  /** Sorted by type (PRC-09). */
  readonly processes: readonly StoredProcess[];
  readonly slices: readonly Slice[];
  /** The old bill of materials, which Platform APIs below 0.9 keep here (SBM-15). */
  readonly bom?: readonly StoredBomEntry[];
  /** The process that the buildpacks made the default, if they did. */
  readonly defaultProcessType?: string;
}

export interface StoredBomEntry {
  readonly name: string;
  readonly metadata: TomlTable | undefined;
  readonly buildpack: { readonly id: string; readonly version: string };
}

export interface StoredProcess {
  readonly type: string;
  readonly command: readonly string[];
  /** Absent where the buildpack gave none, which is told from an empty list (PRC-20). */
  readonly args?: readonly string[];
  readonly direct: boolean;
  readonly buildpackId: string;
  readonly workingDirectory?: string;
  /** Empty: every execution environment. */
  readonly execEnv: readonly string[];
}

/** Throws EXPORT_FAILED. Accepts `command` as text, as Platform APIs below 0.10 wrote it (PRC-12). */
export function parseLaunchMetadata(text: string | Uint8Array, file: string): LaunchMetadata {
  const code = 'EXPORT_FAILED';
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  const defaultProcessType = root.string('buildpack-default-process-type');
  const bom = root.tables('bom').map(bomEntryFrom);
  return {
    buildpacks: root.tables('buildpacks').map(groupEntryFrom),
    extensions: root.tables('extensions').map(groupEntryFrom),
    labels: labelsFrom(root),
    processes: root.tables('processes').map(processFrom),
    slices: slicesFrom(root),
    ...(bom.length > 0 && { bom }),
    ...(defaultProcessType && { defaultProcessType }),
  };
}

function bomEntryFrom(entry: TomlReader): StoredBomEntry {
  const buildpack = entry.table('buildpack');
  return {
    name: entry.string('name') ?? '',
    metadata: entry.rawTable('metadata'),
    buildpack: { id: buildpack?.string('id') ?? '', version: buildpack?.string('version') ?? '' },
  };
}

function processFrom(process: TomlReader): StoredProcess {
  const workingDirectory = process.string('working-dir');
  const command = process.value('command');
  const args = process.strings('args');
  return {
    type: process.required('type'),
    command: typeof command === 'string' ? [command] : (process.strings('command') ?? []),
    ...(args && { args }),
    direct: process.boolean('direct'),
    buildpackId: process.string('buildpack-id') ?? '',
    ...(workingDirectory && { workingDirectory }),
    execEnv: process.strings('exec-env') ?? [],
  };
}

/** Below Platform API 0.10 a command is one text (PRC-11). */
export function writeLaunchMetadata(metadata: LaunchMetadata, platformApi: ApiVersion = currentPlatformApi): string {
  const { bom = [] } = metadata;
  return writeToml({
    ...(bom.length > 0 && { bom: bom.map(bomTable) }),
    ...(metadata.defaultProcessType !== undefined && {
      'buildpack-default-process-type': metadata.defaultProcessType,
    }),
    ...(metadata.buildpacks.length > 0 && { buildpacks: metadata.buildpacks.map(groupEntryTable) }),
    ...(metadata.extensions.length > 0 && { extensions: metadata.extensions.map(groupEntryTable) }),
    ...(metadata.labels.length > 0 && { labels: metadata.labels.map(({ key, value }) => ({ key, value })) }),
    ...(metadata.processes.length > 0 && {
      processes: metadata.processes.map((process) => processTable(process, platformApi)),
    }),
    ...(metadata.slices.length > 0 && { slices: metadata.slices.map(({ paths }) => ({ paths })) }),
  });
}

/**
 * A process as a Platform API knows it: below 0.10 a command has one word, and the others go in front of the arguments (PRC-11).
 */
export function processFor(process: StoredProcess, platformApi: ApiVersion): StoredProcess {
  if (atLeast(platformApi, '0.10')) return process;
  const { command, args = [] } = process;
  return { ...process, command: command.slice(0, 1), args: [...command.slice(1), ...args] };
}

export function bomTable({ name, metadata, buildpack: { id, version } }: StoredBomEntry): TomlTable {
  return { name, ...(metadata !== undefined && { metadata }), buildpack: { id, version } };
}

function processTable(process: StoredProcess, platformApi: ApiVersion): TomlTable {
  return {
    type: process.type,
    command: atLeast(platformApi, '0.10') ? process.command : (process.command[0] ?? ''),
    ...(process.args && { args: process.args }),
    direct: process.direct,
    'buildpack-id': process.buildpackId,
    ...(process.workingDirectory !== undefined && { 'working-dir': process.workingDirectory }),
    // Absent means every one, which is what the reference writes (PRC-14).
    ...(process.execEnv.length > 0 && { 'exec-env': process.execEnv }),
  };
}
