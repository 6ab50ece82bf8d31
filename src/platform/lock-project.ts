import { join } from 'node:path';
import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import { writeFileAtomic } from '../fs/atomic-file.ts';
import { lockInputs } from '../lifecycle/lock-inputs.ts';
import { formatPlatform } from '../oci/platform.ts';
import { dependencies } from './build-image.ts';
import type { BuildOptions, Surroundings } from './build-options.ts';
import type { LockDocument, LockedPlatform } from './lock-file.ts';
import { lockFileName, writeLock } from './lock-file.ts';
import { prepareProject } from './project.ts';
import { useStore } from './use-store.ts';

export interface WrittenLock {
  readonly file: string;
  readonly document: LockDocument;
}

/**
 * `tsbuildpack lock`: resolves newly what floats in builds for these platforms, and writes it beside project.toml. What is not bound to a
 * platform, such as a version of Node, is the same for all.
 */
export async function lockProject(
  options: BuildOptions,
  platforms: readonly string[],
  surroundings: Surroundings,
): Promise<WrittenLock> {
  const first = await prepareProject({ ...options, platform: platforms[0] }, surroundings);
  const names = platforms.length === 0 ? [formatPlatform(first.platform)] : [...new Set(platforms)];
  const file = join(first.appDir, lockFileName);
  const document = await useStore(first.settings.store, surroundings, async (store) => {
    const projects = await Promise.all(
      names.map(async (platform) => ({
        platform,
        project: await prepareProject({ ...options, platform }, surroundings),
      })),
    );
    const architectures = [...new Set(projects.map(({ project }) => project.platform.architecture))];
    const locked: LockedPlatform[] = [];
    const shared: ResolvedInput[] = [];
    for (const { project } of projects) {
      const chosen = await project.chooseInputs(store);
      const { network } = project.settings;
      const request = {
        source: await project.readSource(store),
        ...chosen,
        env: project.variables,
        platform: project.platform,
        resolved: shared,
        architectures,
        ...(network && { network }),
      };
      const deps = dependencies(store, surroundings, { ...project.settings, refresh: true });
      const found = await lockInputs(request, deps);
      shared.push(
        ...found.inputs.filter(({ name }) => !isOfPlatform(name) && !shared.some((one) => one.name === name)),
      );
      // Who decided stands with the first; the others take its word.
      const asked = found.inputs.map((input) => shared.find(({ name }) => name === input.name) ?? input);
      locked.push({ platform: formatPlatform(project.platform), ...found, inputs: asked });
    }
    return { platforms: locked };
  });
  await writeFileAtomic(file, writeLock(document));
  return { file, document };
}

/** Images and what comes in images are others for other platforms. */
function isOfPlatform(name: string): boolean {
  return !['node', 'npm', 'go'].includes(name);
}
