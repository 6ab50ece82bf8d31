import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBundle } from '../../src/environment/write-bundle.ts';
import type { Event } from '../../src/events.ts';
import type { Image } from '../../src/image/image.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { loadStack } from '../../src/stack/load-stack.ts';
import { resolveHalf, type ResolvedHalf } from '../../src/stack/resolve-half.ts';
import { stackHalf, type HalfName } from '../../src/stack/stack-half.ts';
import type { StackOptions } from '../../src/stack/stack-options.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';

export interface StackRig {
  readonly dir: string;
  readonly store: Store;
  readonly events: Event[];
  /** Of this machine's own package sources, unless said otherwise. */
  options(more?: Partial<StackOptions>): StackOptions;
  half(stack: string, name: HalfName, more?: Partial<StackOptions>): Promise<ResolvedHalf>;
  /** A bundle of the image, once. */
  bundle(image: Image): Promise<string>;
  remove(): void;
}

export async function stackRig(): Promise<StackRig> {
  const dir = mkdtempSync(join(tmpdir(), 'stacks-'));
  const events: Event[] = [];
  const report = (event: Event): void => void events.push(event);
  const store = await openStore(join(dir, 'store'), { report, now: () => new Date() });
  const bundles = new Map<string, Promise<string>>();
  const options = (more: Partial<StackOptions> = {}): StackOptions => ({
    platform: parsePlatform('linux/amd64'),
    store,
    report,
    now: () => new Date(),
    env: process.env,
    ways: {},
    openPlace: async (place) => {
      throw new Error(`Nobody needs ${place} here`);
    },
    ...more,
  });
  async function writeOnce(image: Image): Promise<string> {
    const place = join(dir, `bundle-${image.digest.slice(7, 19)}`);
    const config = { ...image.config, config: { ...image.config.config, Cmd: ['none'] } };
    await writeBundle({ ...image, config }, place, { report });
    return place;
  }
  return {
    dir,
    store,
    events,
    options,
    half: async (stack, name, more) => await resolveHalf(stackHalf(loadStack(stack), name), options(more)),
    bundle: async (image) => {
      const made = bundles.get(image.digest) ?? writeOnce(image);
      bundles.set(image.digest, made);
      return await made;
    },
    remove: () => {
      store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface RunOptions {
  /** @default that of the image */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Directories of this machine, by where they are in the container. */
  readonly binds?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Spec {
  process: { args: string[]; env: string[]; user: Record<string, unknown>; terminal: boolean; cwd: string };
  mounts: { destination: string; type: string; source: string; options: string[] }[];
}

let runs = 0;

/** Runs a command in a bundle with runc, without a capability. */
export async function runInBundle(
  bundle: string,
  args: readonly string[],
  { user, binds = {}, env = {} }: RunOptions = {},
): Promise<RunResult> {
  const file = join(bundle, 'config.json');
  const original = readFileSync(file, 'utf8');
  const spec = JSON.parse(original) as Spec;
  spec.process.args = [...args];
  spec.process.cwd = '/';
  spec.process.env.push(...Object.entries(env).map(([name, value]) => `${name}=${value}`));
  if (user !== undefined) spec.process.user = { ...user };
  for (const [destination, source] of Object.entries(binds)) {
    spec.mounts.push({ destination, source, type: 'none', options: ['rbind', 'rw'] });
  }
  writeFileSync(file, JSON.stringify(spec));
  runs += 1;
  try {
    return await finished('runc', ['--root', `${bundle}-state`, 'run', '-b', bundle, `stack-${process.pid}-${runs}`]);
  } finally {
    writeFileSync(file, original);
  }
}

async function finished(command: string, args: readonly string[]): Promise<RunResult> {
  return await new Promise((resolve) => {
    execFile(command, args, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });
}
