import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import {
  type Answer,
  defaultEnv,
  type FileSpec,
  type LaunchCase,
  metadataText,
  metadataWith,
  type ProgramReport,
} from './launch-case.ts';

/** A launcher's binary, and how it has to be started here. */
export interface LauncherUnderTest {
  readonly file: string;
  /** Programs and libraries of this machine that it needs in the root, at the same place. */
  readonly needs?: readonly string[];
  /** QEMU's user mode emulator, when the launcher is for another processor. */
  readonly emulator?: string;
  /** Options of the runner beside those of the case. */
  readonly options?: string;
}

/** The binary in launcher/prebuilt for this machine's processor, or the one that TSBUILDPACK_TEST_LAUNCHER names. */
export function prebuiltLauncher(): LauncherUnderTest {
  const platform = process.arch === 'arm64' ? 'linux-arm64' : 'linux-amd64';
  const file = join(repositoryRoot, 'launcher', 'prebuilt', platform, 'launcher');
  return { file: process.env['TSBUILDPACK_TEST_LAUNCHER'] ?? file };
}

const sources = join(repositoryRoot, 'test', 'launcher', 'c');

/** A place with the test's own programs, in which the roots of cases are made. Remove it with `remove`. */
export class LaunchBench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tsbuildpack-launcher-'));
  readonly #shellFiles: readonly string[];
  #count = 0;

  constructor() {
    for (const name of ['probe', 'runner']) {
      execFileSync('cc', [
        '-O1',
        '-Wall',
        '-Werror',
        '-static',
        '-o',
        join(this.#folder, name),
        join(sources, `${name}.c`),
      ]);
    }
    this.#shellFiles = ['/bin/bash', ...librariesOf('/bin/bash')];
    for (const file of this.#shellFiles) this.#keep(file);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Starts the launcher as the case says and reports what came of it. */
  async answer(launcher: LauncherUnderTest, given: LaunchCase): Promise<Answer> {
    const completed = complete(given);
    const root = this.#makeRoot(launcher, completed);
    try {
      return await this.#start(launcher, completed, root);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }

  /** A copy of the machine's file that roots can link to. */
  #keep(file: string): string {
    const copy = join(this.#folder, 'kept', file);
    if (!existsSync(copy)) {
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(file, copy);
      chmodSync(copy, 0o755);
    }
    return copy;
  }

  #makeRoot(launcher: LauncherUnderTest, given: CompleteCase): string {
    const root = join(this.#folder, `root-${this.#count++}`);
    for (const folder of ['bin', 'dev', 'proc', 'workspace', 'cnb/lifecycle']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    writeFileSync(join(root, 'dev/null'), '');
    linkSync(join(this.#folder, 'probe'), join(root, 'bin/probe'));
    linkSync(this.#keep(launcher.file), join(root, launcherPath));
    if (launcher.emulator !== undefined) linkSync(this.#keep(launcher.emulator), join(root, emulatorPath));
    const files = [...(launcher.needs ?? []), ...(given.shell ? this.#shellFiles : [])];
    for (const file of new Set(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      linkSync(this.#keep(file), join(root, file));
    }
    if (given.metadata !== null) this.#put(root, '/layers/config/metadata.toml', metadataText(given.metadata));
    for (const [path, spec] of Object.entries(given.files)) this.#put(root, path, spec);
    return root;
  }

  #put(root: string, path: string, spec: FileSpec): void {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    const { content = '', mode, link, directory, probe } = typeof spec === 'string' ? { content: spec } : spec;
    if (link !== undefined) {
      symlinkSync(link, file);
      return;
    }
    if (probe === true) {
      linkSync(join(this.#folder, 'probe'), file);
      return;
    }
    if (directory === true) mkdirSync(file, { recursive: true });
    else writeFileSync(file, content);
    const isProgram = typeof content === 'string' && content.startsWith('#!');
    chmodSync(file, mode ?? (directory === true || isProgram ? 0o755 : 0o644));
  }

  async #start(launcher: LauncherUnderTest, given: CompleteCase, root: string): Promise<Answer> {
    const words = commandLine(launcher, given.argv);
    const chosen = [given.readOnly && 'r', given.inputClosed && 'c', given.signalsIgnored && 'i', launcher.options];
    const options = `-${chosen.filter((option) => typeof option === 'string').join('')}`;
    const program = launcher.emulator === undefined ? launcherPath : emulatorPath;
    const place = [root, options, String(given.uid), given.cwd, program];
    const wanted = [...given.env, ...given.moreEnv];
    const env = launcher.emulator === undefined ? wanted : withoutDuplicates(wanted);
    const child = spawn(join(this.#folder, 'runner'), [...place, String(words.length), ...words, ...env], {
      stdio: ['pipe', 'pipe', 'pipe', ...descriptorSlots(given.descriptors)],
      env: {},
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    child.stdin?.on('error', () => {}).end();
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    const exit = await new Promise<number | string>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? signal ?? 'lost'));
    });
    return answerOf(exit, child.pid, output);
  }
}

type CompleteCase = Required<Omit<LaunchCase, 'differs' | 'nativeOnly'>>;

function complete(given: LaunchCase): CompleteCase {
  return {
    files: {},
    metadata: metadataWith({}),
    env: defaultEnv,
    moreEnv: [],
    argv: ['/cnb/process/web'],
    cwd: '/',
    uid: 0,
    readOnly: false,
    shell: false,
    descriptors: [],
    inputClosed: false,
    signalsIgnored: false,
    ...given,
  };
}

const launcherPath = '/cnb/lifecycle/launcher';

const emulatorPath = '/cnb/lifecycle/emulator';

function commandLine({ emulator }: LauncherUnderTest, argv: readonly string[]): readonly string[] {
  return emulator === undefined ? argv : [emulatorPath, '-0', argv[0] ?? '', launcherPath, ...argv.slice(1)];
}

/** The first of each name: of duplicates the emulator itself would pass on another one. */
function withoutDuplicates(env: readonly string[]): string[] {
  const name = (variable: string): string => variable.split('=', 1)[0] ?? '';
  return env.filter((variable, index) => index === env.findIndex((other) => name(other) === name(variable)));
}

// What is 'ignore' from 3 on stays closed.
function descriptorSlots(descriptors: readonly number[]): ('pipe' | 'ignore')[] {
  const slots = Math.max(2, ...descriptors) - 2;
  return Array.from({ length: slots }, (_, index) => (descriptors.includes(index + 3) ? 'pipe' : 'ignore'));
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

function answerOf(exit: number | string, pid: number | undefined, output: Output): Answer {
  const mark = 'PROBE ';
  const lines = plain(output.stdout);
  const reports = lines
    .filter((line) => line.startsWith(mark))
    .map((line) => JSON.parse(line.slice(mark.length)) as ProgramReport & { readonly pid: number });
  const messages = [...lines.filter((line) => !line.startsWith(mark)), ...plain(output.stderr)];
  const last = reports.at(-1);
  return {
    exit,
    programs: reports.map(({ role, argv, env, cwd, descriptors, uid, ignored, inputIsNull }) => ({
      role,
      argv,
      env: env.toSorted(),
      cwd,
      descriptors,
      uid,
      ignored,
      inputIsNull,
    })),
    forked: last?.role === 'process' && last.pid !== pid,
    messages,
  };
}

/**
 * The lines without colours. Each TOML reader has its own words, of one line or several, for what is wrong, and they are
 * the last that a launcher prints: only that something is wrong is compared.
 */
function plain(text: string): string[] {
  // eslint-disable-next-line no-control-regex
  const uncolored = text.replaceAll(/\u001B\[[\d;]*m/g, '');
  return uncolored
    .replace(/: toml: [^]*/, ': toml: …')
    .split('\n')
    .filter((line) => line !== '');
}

/** The shared libraries that a program of this machine loads, as absolute paths. */
export function librariesOf(program: string): string[] {
  const output = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...output.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? '');
}
