import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../cnb/env-modification.ts';
import type { PathPair } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';

/** A service that buildpacks may use: its type, how to reach it, secrets — https://github.com/servicebinding/spec#workload-projection */
export interface Binding {
  readonly name: string;
  /** By name: `type`, `provider` and what the service needs. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Writes the user's variables to `<platform>/env`, one file each, and bindings to `<platform>/bindings`
 * — https://github.com/buildpacks/spec/blob/main/buildpack.md#provided-by-the-platform. They are there for buildpacks with clear-env too.
 * Throws USAGE for a name that no file can have.
 */
export async function writePlatformDirectory(
  platform: string,
  env: Env,
  bindings: readonly Binding[] = [],
): Promise<void> {
  const dir = await emptyDirectory(join(platform, 'env'));
  for (const [name, value] of Object.entries(env)) {
    if (!isFileName(name) || name.includes('=') || value.includes('\0')) {
      throw new TsbuildpackError(
        'USAGE',
        `Cannot set build variable "${name}": no variable can have this name or value`,
      );
    }
    writeShared(join(dir, name), value);
  }
  await removeBindings(platform);
  if (bindings.length === 0) return;
  const root = await emptyDirectory(join(platform, 'bindings'));
  for (const { name, files } of bindings) {
    const own = await emptyDirectory(join(root, name));
    for (const [file, content] of files) writeShared(join(own, file), content);
  }
}

/** The user's variables with the one that says where bindings are; buildpacks look for it first (BND-02). */
export function withBindingRoot(env: Env, bindings: readonly Binding[] | undefined, platform: PathPair): Env {
  if (bindings === undefined || bindings.length === 0) return env;
  return { SERVICE_BINDING_ROOT: `${platform.inside}/bindings`, ...env };
}

/** Secrets stay no longer than the build that needs them (BND-04). */
export async function removeBindings(platform: string): Promise<void> {
  await removeTree(join(platform, 'bindings'));
}

async function emptyDirectory(dir: string): Promise<string> {
  await removeTree(dir);
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o755);
  return dir;
}

function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

function writeShared(file: string, content: string | Uint8Array): void {
  writeFileSync(file, content);
  chmodSync(file, 0o644);
}
