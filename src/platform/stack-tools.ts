import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseProjectDescriptor } from '../cnb/project-descriptor.ts';
import { plainTableFromToml } from '../cnb/toml-value.ts';
import { parsePlatform, type Platform } from '../oci/platform.ts';
import { defaultPlatform } from '../oci/select-platform.ts';
import { loadStack, stackNames, type Stack } from '../stack/load-stack.ts';
import type { StackOptions } from '../stack/stack-options.ts';
import type { Surroundings } from './build-options.ts';

import { imageOptions } from './run-images.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { findStackName } from './stack-name.ts';
import { useStore } from './use-store.ts';

/** What every command about stacks takes. */
export interface StackFlags {
  readonly platform?: string | undefined;
  readonly debianMirror?: string | undefined;
  readonly stackImages?: readonly string[] | undefined;
  readonly store?: string | undefined;
}

/** Opens the store, with all that stacks are made with. Settings of a project.toml in the current directory count. */
export async function useStacks<T>(
  flags: StackFlags,
  surroundings: Surroundings,
  work: (options: StackOptions) => Promise<T>,
): Promise<T> {
  const settings = stackSettings(flags, surroundings);
  const platform: Platform = settings.platform === undefined ? defaultPlatform() : parsePlatform(settings.platform);
  return await useStore(settings.store, surroundings, async (store) =>
    work({ ...imageOptions(store, surroundings, settings), platform }),
  );
}

function stackSettings(flags: StackFlags, { cwd, env }: Surroundings): Settings {
  const file = resolve(cwd, 'project.toml');
  const table = existsSync(file) ? parseProjectDescriptor(readFileSync(file, 'utf8'), file).tsbuildpack : undefined;
  return resolveSettings({
    flags: {
      platform: flags.platform,
      'debian-mirror': flags.debianMirror,
      'stack-images': flags.stackImages?.length ? flags.stackImages : undefined,
      store: flags.store,
    },
    env,
    project: table && { table: plainTableFromToml(table), file },
  });
}

/** The stack that a user names: a directory, one of `stacks/` in the current directory, or a built-in one. */
export function openStack(text: string, { cwd }: Pick<Surroundings, 'cwd'>): Stack {
  return loadStack(findStackName(text, { cwd, projectDir: cwd }));
}

/** Built-in stacks and those of `stacks/` in the current directory. */
export function knownStacks({ cwd }: Pick<Surroundings, 'cwd'>): readonly Stack[] {
  const own = join(cwd, 'stacks');
  const builtin = stackNames().map((name) => loadStack(name));
  const taken = new Set(builtin.map(({ name }) => name));
  const others = stackNames(own).filter((name) => !taken.has(name));
  return [...builtin, ...others.map((name) => loadStack(join(own, name)))];
}
