import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import type { RunBundleOptions } from '../../src/environment/run-bundle.ts';
import type { WriteBundleOptions } from '../../src/environment/write-bundle.ts';
import type { TarEntry } from '../../src/layer/tar-entry.ts';
import { contentEntry } from '../../src/layer/tar-entry.ts';
import type { ImageConfig } from '../../src/oci/image-config.ts';
import { directory, file, link, tarOf } from '../layer/support/hostile-tar.ts';
import type { RunAsResult } from '../rootless.ts';
import { runAs } from '../rootless.ts';
import { sharedDirectory } from '../temporary-directory.ts';
import type { Who } from './environment-contract.ts';
import { compileNoNamespaces } from './environment-contract.ts';

export type BundleRequest =
  | {
      readonly do: 'write';
      readonly dir: string;
      readonly config: ImageConfig;
      readonly layerFiles: readonly string[];
      /** As one who has no id ranges. */
      readonly withoutRanges?: boolean;
      readonly options?: Omit<WriteBundleOptions, 'report' | 'signal' | 'ids'>;
    }
  | {
      readonly do: 'run';
      readonly dir: string;
      readonly options?: Omit<RunBundleOptions, 'report' | 'signal'>;
      readonly abortAfterMs?: number;
    };

/** A user's file system with one static program that is everything: busybox, of the Debian package busybox-static. */
export function busyboxEntries(): readonly TarEntry[] {
  const applets = [
    'sh',
    'id',
    'ls',
    'cat',
    'sleep',
    'stat',
    'env',
    'tty',
    'true',
    'hostname',
    'echo',
    'kill',
    'pwd',
    'ip',
  ];
  const app = { uid: 1002, gid: 1000 };
  const root = { uid: 0, gid: 0 };
  const program = (path: string, content: string | Buffer): TarEntry =>
    contentEntry(path, content, { ...root, mode: 0o755 });
  return [
    directory('bin'),
    program('bin/busybox', readFileSync('/bin/busybox')),
    ...applets.map((name) => link('symlink', `bin/${name}`, 'busybox')),
    directory('cnb'),
    directory('cnb/process'),
    program('cnb/process/greet', '#!/bin/sh\necho "greet: $*"\n'),
    directory('etc'),
    file('etc/passwd', 'root:x:0:0::/root:/bin/sh\napp:x:1002:1000::/home/app:/bin/sh\n'),
    file('etc/group', 'root:x:0:\napp:x:1000:\nextra:x:1003:app\n'),
    directory('home'),
    { ...directory('home/app', 0o700), ...app },
    { ...file('home/app/note', 'a note\n', 0o600), ...app },
    { ...directory('tmp', 0o1777) },
  ];
}

export function busyboxConfig(args: readonly string[], more: ImageConfig['config'] = {}): ImageConfig {
  return {
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: [...args], User: 'app', WorkingDir: '/home/app', Env: ['FROM=image'], ...more },
    rootfs: { type: 'layers', diff_ids: [] },
  };
}

export interface BundleDriver {
  readonly program: string;
  /** The wrapper of test/environment/no-namespaces.c. */
  readonly noNamespaces: string;
  /** A file with the layer of these entries. */
  layerFile(entries: readonly TarEntry[]): string;
}

/** A folder that stands for an installed package, readable by everyone. */
export async function makeBundleDriver(): Promise<BundleDriver> {
  const folder = sharedDirectory('tsbuildpack-driver');
  chmodSync(folder, 0o755);
  const program = join(folder, 'dist', 'driver.mjs');
  writeFileSync(join(folder, 'package.json'), '{}');
  const prebuilt = join(repositoryRoot, 'launcher', 'prebuilt');
  if (!existsSync(prebuilt)) throw new Error('launcher/prebuilt is missing');
  cpSync(prebuilt, join(folder, 'launcher', 'prebuilt'), { recursive: true });
  mkdirSync(join(folder, 'dist'));
  await build({
    entryPoints: [join(repositoryRoot, 'test/environment/bundle-driver.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  const noNamespaces = compileNoNamespaces(folder);
  let layers = 0;
  return {
    program,
    noNamespaces,
    layerFile(entries) {
      layers += 1;
      const path = join(folder, `layer-${layers}.tar`);
      writeFileSync(path, tarOf(entries));
      return path;
    },
  };
}

export interface DriverRun extends RunAsResult {
  /** What was reported, and the error if there was one. */
  readonly events: readonly { readonly type: string; readonly message?: string; readonly [key: string]: unknown }[];
}

export async function driveBundle(
  program: string,
  who: Who,
  request: BundleRequest & { readonly home: string; readonly env?: Readonly<Record<string, string>> },
): Promise<DriverRun> {
  const { home, env: more, ...rest } = request;
  const argv = [...(who.wrapper ?? []), process.execPath, program, JSON.stringify(rest)];
  const env = { TMPDIR: temporaryDir(who, home), ...more };
  return withEvents(await runAs(who.user, argv, { home, cwd: '/', env }));
}

/** A temporary directory of somebody's own, with a short name beside the home, because of podman. */
export function temporaryDir(who: Who, home: string): string {
  const dir = `/tmp/r-${home.slice(-6)}`;
  mkdirSync(dir, { recursive: true });
  if (process.getuid?.() === 0) chownSync(dir, who.user.uid, who.user.gid);
  return dir;
}

function withEvents(result: RunAsResult): DriverRun {
  const lines = result.stderr.split('\n').filter((line) => line.startsWith('{"type"'));
  return { ...result, events: lines.map((line) => JSON.parse(line) as DriverRun['events'][number]) };
}

export interface StartedBundle {
  readonly child: ChildProcess;
  readonly status: Promise<number | string>;
  output(): string;
}

/** Starts the driver and leaves it running; for signals. */
export function startBundle(
  program: string,
  who: Who,
  request: BundleRequest & { readonly home: string },
): StartedBundle {
  const { home, ...rest } = request;
  return startAs(who, [process.execPath, program, JSON.stringify(rest)], home);
}

export function startAs(who: Who, argv: readonly string[], home: string): StartedBundle {
  const isOther = process.getuid?.() === 0 && who.user.uid !== 0;
  const asUser = isOther
    ? ['setpriv', `--reuid=${who.user.uid}`, `--regid=${who.user.gid}`, '--init-groups', '--']
    : [];
  const [command = '', ...args]: readonly string[] = [...asUser, ...argv];
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    TMPDIR: temporaryDir(who, home),
    XDG_RUNTIME_DIR: home,
  };
  const child = spawn(command, args, { cwd: '/', env, stdio: 'pipe' });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const status = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? ''));
  });
  return { child, status, output: () => output };
}
