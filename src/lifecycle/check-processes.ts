import { closeSync, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { posix } from 'node:path';
import { movedPaths, toImagePaths } from '../buildpack/map-paths.ts';
import type { LaunchMetadata, StoredProcess } from '../cnb/launch-metadata.ts';
import type { ElfFile } from '../elf/elf-file.ts';
import type { BuildPaths } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { readElf } from '../fs/elf-reader.ts';
import { checkBinary } from '../stack/check-binary.ts';
import { overlaidFiles } from '../stack/image-files.ts';
import type { RunImage } from '../stack/run-image.ts';
import type { BuildPhaseResult } from './build.ts';
import { builtLibraries, hostPathOf } from './built-files.ts';
import { variablesOf } from './image-environment.ts';
import { appImageDir } from './image-paths.ts';
import { launchEnvironment } from './launch-environment.ts';

export interface CheckProcessesRequest {
  /** With image paths. */
  readonly launch: LaunchMetadata;
  readonly outputs: BuildPhaseResult['outputs'];
  readonly runImage: RunImage;
  readonly paths: BuildPaths;
  readonly appPath: string;
  readonly report: Report;
}

/**
 * Every process must find on the run image what it needs: architecture, loader, libraries, versions of symbols, the interpreter
 * of a script. Better an error now than `exec format error` in production. Throws BINARY_UNFIT.
 */
export async function checkProcesses(request: CheckProcessesRequest): Promise<void> {
  for (const process of request.launch.processes) await checkProcess(process, request);
}

async function checkProcess(process: StoredProcess, request: CheckProcessesRequest): Promise<void> {
  // What a shell makes of its words only the shell knows.
  if (!process.direct) return;
  const { runImage, outputs, appPath, paths, report } = request;
  const [program = ''] = process.command;
  const env = launchEnvironment({
    base: variablesOf(runImage.image.config.config?.Env ?? []),
    outputs,
    processType: process.type,
    layersDir: paths.layers.image,
    text: (text) => text,
  });
  const directory = posix.resolve(appImageDir(paths.app.image, appPath), process.workingDirectory ?? '.');
  const candidates = candidatePaths(program, directory, env['PATH'] ?? '');
  const found = candidates.map((path) => findProgram(path, request)).find((file) => file !== undefined);
  if (found === undefined) {
    // It may be in a layer of the previous image, which is not here; it was looked at when that was made.
    if (outputs.some(({ outcome }) => outcome.layers.some(({ launch, hasDirectory }) => launch && !hasDirectory)))
      return;
    report({
      type: 'warning',
      message: `Process ${process.type} starts "${program}", which is neither among the layers nor in run image ${runImage.name}`,
    });
    return;
  }
  // What the run image has was made for it.
  if (found.host === undefined) return;
  await checkFile(found.host, { path: found.path, process, request, libraryPath: env['LD_LIBRARY_PATH'] ?? '' });
}

function candidatePaths(program: string, directory: string, path: string): readonly string[] {
  if (program.includes('/')) return [posix.resolve(directory, program)];
  return path
    .split(':')
    .filter((entry) => entry.startsWith('/'))
    .map((entry) => posix.join(entry, program));
}

interface FoundProgram {
  /** In the image. */
  readonly path: string;
  /** On this machine, when the build made it. */
  readonly host?: string;
}

function findProgram(path: string, { paths, runImage }: CheckProcessesRequest): FoundProgram | undefined {
  const followed = followLinks(path, paths);
  const host = hostPathOf(followed, paths);
  if (host !== undefined && lstatSync(host, { throwIfNoEntry: false })?.isFile()) return { path: followed, host };
  return runImage.files.find(followed) === undefined ? undefined : { path: followed };
}

// As Linux: https://man7.org/linux/man-pages/man7/path_resolution.7.html
const mostLinks = 40;

/** Links that the build made lead from image path to image path, which on this machine lead nowhere or elsewhere. */
function followLinks(path: string, paths: BuildPaths): string {
  let current = path;
  for (let links = 0; links < mostLinks; links += 1) {
    const host = hostPathOf(current, paths);
    if (host === undefined || !lstatSync(host, { throwIfNoEntry: false })?.isSymbolicLink()) return current;
    current = posix.resolve(posix.dirname(current), toImagePaths(readlinkSync(host), movedPaths(paths)));
  }
  return current;
}

interface CheckFileOptions {
  readonly path: string;
  readonly process: StoredProcess;
  readonly request: CheckProcessesRequest;
  readonly libraryPath: string;
}

async function checkFile(host: string, options: CheckFileOptions): Promise<void> {
  const parsed = await readElf(host);
  if (parsed.result === 'elf') await checkElf(parsed.elf, options);
  else if (parsed.result === 'broken') throw unfit(options, [`is a damaged program: ${parsed.reason}`]);
  else checkScript(host, options);
}

async function checkElf(elf: ElfFile, options: CheckFileOptions): Promise<void> {
  const { path, request, libraryPath } = options;
  const { runImage, outputs, paths } = request;
  const launchLayers = outputs.flatMap(({ outcome }) =>
    outcome.layers.filter(({ launch, hasDirectory }) => launch && hasDirectory),
  );
  const own = elf.interpreter === undefined ? undefined : await builtLibraries(launchLayers, paths.layers);
  const { os, arch } = runImage.target;
  const verdict = checkBinary(elf, {
    files: own === undefined ? runImage.files : overlaidFiles(own, runImage.files),
    target: { os, arch },
    path,
    libraryPath: libraryPath.split(':').filter((entry) => entry !== ''),
  });
  if (!verdict.fits) throw unfit(options, verdict.reasons);
}

/** The kernel reads at most this much of a script's first line: BINPRM_BUF_SIZE. */
const scriptLineBytes = 256;

function checkScript(host: string, options: CheckFileOptions): void {
  const interpreter = /^#!\s*(\S+)/.exec(firstBytes(host))?.[1];
  if (interpreter === undefined || findProgram(interpreter, options.request) !== undefined) return;
  throw unfit(options, [`is a script for ${interpreter}, which the run image does not have`]);
}

function firstBytes(path: string): string {
  const buffer = Buffer.alloc(scriptLineBytes);
  const file = openSync(path, 'r');
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, scriptLineBytes, 0)).toString('latin1');
  } finally {
    closeSync(file);
  }
}

function unfit({ path, process, request }: CheckFileOptions, reasons: readonly string[]): TsbuildpackError {
  return new TsbuildpackError(
    'BINARY_UNFIT',
    `Cannot start process ${process.type} on run image ${request.runImage.name}: ${path} would not run`,
    {
      detail: reasons.map((reason) => `It ${reason}`).join('\n'),
      hint: 'Build it for the platform of the image, link it statically, or choose a run image that has what it needs: --run-image',
    },
  );
}
