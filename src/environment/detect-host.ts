import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { MachineTarget } from './host.ts';

/** What the running process tells about the machine; an argument, so that other machines can be described in tests. */
export interface HostFacts {
  /** As `process.platform` has it. */
  readonly platform: string;
  /** As `process.arch` has it. */
  readonly arch: string;
  readonly littleEndian: boolean;
  /** 6 or 7 on 32-bit ARM. */
  readonly armVersion?: string;
  /** A program of this machine whose loader tells the C library: Node itself. */
  readonly executable: string;
}

/** The machine we run on. Nothing is spawned; ask once and pass the value down. */
export async function detectHost(facts: HostFacts = runningHost()): Promise<MachineTarget> {
  const base = { os: goOs(facts.platform), arch: goArch(facts), ...armVariant(facts) };
  return facts.platform === 'linux' ? { ...base, ...libcOf(facts.executable) } : base;
}

function runningHost(): HostFacts {
  const armVersion: unknown = Reflect.get(process.config.variables, 'arm_version');
  return {
    platform: process.platform,
    arch: process.arch,
    littleEndian: new Uint8Array(new Uint16Array([1]).buffer)[0] === 1,
    executable: process.execPath,
    ...(typeof armVersion === 'string' ? { armVersion } : {}),
  };
}

type Libc = Pick<MachineTarget, 'libc' | 'libcVersion'>;

/** The loader's file has the version that it prints when started by hand; reading it is ten times as fast as `process.report`. */
function libcOf(executable: string): Libc {
  const loader = loaderOf(executable);
  if (loader === undefined) return {};
  if (loader.includes('ld-musl')) return withVersion('musl', /\0(\d+\.\d+\.\d+)\0/.exec(textOf(loader))?.[1]);
  const version = /release version (\d+\.\d+)/.exec(textOf(loader))?.[1];
  // Loaders before glibc 2.33 do not tell.
  return withVersion('glibc', version ?? reportedGlibc());
}

function withVersion(libc: 'glibc' | 'musl', libcVersion: string | undefined): Libc {
  return libcVersion === undefined ? { libc } : { libc, libcVersion };
}

/** The interpreter that the ELF header asks for; linkers put its name right behind the program headers. */
function loaderOf(executable: string): string | undefined {
  const start = Buffer.alloc(4096);
  const file = openSync(executable, 'r');
  try {
    readSync(file, start, 0, start.length, 0);
  } finally {
    closeSync(file);
  }
  return /(\/[\x21-\x7e]*\/ld(?:-linux|-musl|64|\.so)[\x21-\x7e]*)\0/.exec(start.toString('latin1'))?.[1];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function reportedGlibc(): string | undefined {
  const settings: typeof process.report & { excludeNetwork?: boolean } = process.report;
  // Else every open connection costs a name look-up: https://nodejs.org/api/process.html#processreportexcludenetwork
  settings.excludeNetwork = true;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime;
}

const goOperatingSystems: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };

function goOs(platform: string): string {
  return goOperatingSystems[platform] ?? platform;
}

/** https://go.dev/doc/install/source#environment */
function goArch({ arch, littleEndian }: HostFacts): string {
  switch (arch) {
    case 'x64':
      return 'amd64';
    case 'ia32':
      return '386';
    case 'ppc64':
      return littleEndian ? 'ppc64le' : 'ppc64';
    case 'mipsel':
      return 'mipsle';
    default:
      return arch;
  }
}

function armVariant({ arch, armVersion }: HostFacts): { variant?: string } {
  return arch === 'arm' && armVersion !== undefined ? { variant: `v${armVersion}` } : {};
}
