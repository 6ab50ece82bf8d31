import type { ApiVersion } from './api-version.ts';
import { atLeast, currentBuildpackApi } from './api-version.ts';
import type { BomEntry } from './bom.ts';
import { bomFrom } from './bom.ts';
import type { ProcessType } from './process-type.ts';
import { parseProcessType } from './process-type.ts';
import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import type { TomlTable } from './toml-value.ts';

/** launch.toml — https://github.com/buildpacks/spec/blob/main/buildpack.md#launchtoml-toml, of every Buildpack API since 0.7 */
export interface Launch {
  readonly processes: readonly LaunchProcess[];
  readonly labels: readonly Label[];
  readonly slices: readonly Slice[];
  readonly bom: readonly BomEntry[];
  /** What the file says without effect: one sentence each. */
  readonly warnings: readonly string[];
}

export interface LaunchProcess {
  readonly type: ProcessType;
  readonly command: readonly string[];
  /** What the user may replace; absent is told from an empty list (PRC-20). */
  readonly args?: readonly string[];
  readonly default: boolean;
  /** Started as it is; else by a shell, which only Buildpack APIs below 0.9 know. */
  readonly direct: boolean;
  readonly workingDirectory?: string;
  /** Empty: every execution environment. */
  readonly execEnv: readonly string[];
}

export interface Label {
  readonly key: string;
  readonly value: string;
}

export interface Slice {
  readonly paths: readonly string[];
}

/** As a buildpack of this API means it. Throws BUILD_OUTPUT_INVALID. */
export function parseLaunch(text: string | Uint8Array, file: string, api: ApiVersion = currentBuildpackApi): Launch {
  const code = 'BUILD_OUTPUT_INVALID';
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  const processes = root.tables('processes').map((process) => processFrom(process, file, api));
  const defaults = processes.filter((process) => process.default);
  if (defaults.length > 1) {
    throw root.error(`${defaults.length} processes have default = true, there must be one at most`);
  }
  const warnings = atLeast(api, '0.8') ? [] : root.tables('processes').flatMap((entry) => lostDirectory(entry, file));
  return { processes, labels: labelsFrom(root), slices: slicesFrom(root), bom: bomFrom(root), warnings };
}

/** PRC-13 */
function lostDirectory(process: TomlReader, file: string): readonly string[] {
  if (!process.string('working-dir')) return [];
  const type = process.string('type') ?? '';
  return [`Ignoring working-dir of process "${type}" in "${file}": Buildpack APIs below 0.8 have none`];
}

/** The `labels` of launch.toml and metadata.toml. */
export function labelsFrom(root: TomlReader): readonly Label[] {
  return root.tables('labels').map((label) => ({ key: label.required('key'), value: label.string('value') ?? '' }));
}

/** The `slices` of launch.toml and metadata.toml. */
export function slicesFrom(root: TomlReader): readonly Slice[] {
  return root.tables('slices').map((slice) => ({ paths: slice.strings('paths') ?? [] }));
}

function processFrom(process: TomlReader, file: string, api: ApiVersion): LaunchProcess {
  const type = parseProcessType(process.required('type'), file);
  const workingDirectory = atLeast(api, '0.8') ? process.string('working-dir') : undefined;
  const args = process.strings('args');
  return {
    type,
    ...(atLeast(api, '0.9') ? directCommand(process, type) : shellCommand(process, type)),
    ...(args && { args }),
    default: process.boolean('default'),
    ...(workingDirectory && { workingDirectory }),
    execEnv: process.strings('exec-env') ?? [],
  };
}

/** PRC-01, PRC-02 */
function directCommand(process: TomlReader, type: string): Pick<LaunchProcess, 'command' | 'direct'> {
  if (process.has('direct')) {
    throw process.error(`process "${type}" has "direct", which Buildpack API 0.9 and later do not know`);
  }
  const command = process.strings('command');
  if (command === undefined || command.length === 0) throw process.error(`process "${type}" has no command`);
  return { command, direct: true };
}

/** Before 0.9 the command is one text, for a shell unless `direct` says otherwise. */
function shellCommand(process: TomlReader, type: string): Pick<LaunchProcess, 'command' | 'direct'> {
  const command = process.string('command');
  if (!command) throw process.error(`process "${type}" has no command`);
  return { command: [command], direct: process.boolean('direct') };
}

export function writeLaunch({ processes, labels, slices, bom }: Omit<Launch, 'warnings'>): string {
  return writeToml({
    ...(bom.length > 0 && { bom: bom.map(bomTable) }),
    ...(labels.length > 0 && { labels: labels.map(({ key, value }) => ({ key, value })) }),
    ...(processes.length > 0 && { processes: processes.map(processTable) }),
    ...(slices.length > 0 && { slices: slices.map(({ paths }) => ({ paths })) }),
  });
}

function bomTable({ name, metadata }: BomEntry): TomlTable {
  return { name, ...(metadata !== undefined && { metadata }) };
}

function processTable(process: LaunchProcess): TomlTable {
  return {
    type: process.type,
    command: process.command,
    ...(process.args && { args: process.args }),
    ...(process.default && { default: true }),
    ...(process.workingDirectory !== undefined && { 'working-dir': process.workingDirectory }),
    ...(process.execEnv.length > 0 && { 'exec-env': process.execEnv }),
  };
}
