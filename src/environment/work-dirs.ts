import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '../fs/remove-tree.ts';
import type { BuildPaths, PathPair } from './build-environment.ts';
import { buildUser } from './build-user.ts';
import { writeAside } from './sandboxed-exec.ts';
import type { WorkDirs } from './sandbox-view.ts';

const imagePlaces = {
  app: '/workspace',
  layers: '/layers',
  platform: '/platform',
  buildpacks: '/cnb/buildpacks',
  home: buildUser.home,
  tmp: '/tmp',
} as const;

/** Makes the directories of a build in `root`; home and temporary directory are new and empty. */
export async function makeWorkDirs(root: string): Promise<WorkDirs> {
  mkdirSync(root, { recursive: true });
  const real = realpathSync(root);
  const dirs = {
    app: join(real, 'app'),
    layers: join(real, 'layers'),
    platform: join(real, 'platform'),
    buildpacks: join(real, 'buildpacks'),
    home: join(real, 'home'),
    tmp: join(real, 'tmp'),
    aside: join(real, 'aside'),
  };
  await removePrivateDirs(dirs);
  for (const dir of Object.values(dirs)) mkdirSync(dir, { recursive: true });
  writeAside(dirs.aside);
  return dirs;
}

/** What belongs to one build only. */
export async function removePrivateDirs(dirs: WorkDirs): Promise<void> {
  await Promise.all([dirs.home, dirs.tmp, dirs.aside].map((dir) => removeTree(dir)));
}

/** Inside, the directories are where they will be in the image. */
export function imagePaths(dirs: WorkDirs, home: string = buildUser.home): BuildPaths {
  const places = { ...imagePlaces, home };
  return pathsOf((name) => ({ host: dirs[name], inside: places[name], image: places[name] }));
}

/** Inside, the directories are where they are. */
export function hostPaths(dirs: Omit<WorkDirs, 'aside'>): BuildPaths {
  return pathsOf((name) => ({ host: dirs[name], inside: dirs[name], image: imagePlaces[name] }));
}

function pathsOf(pairOf: (name: keyof typeof imagePlaces) => PathPair): BuildPaths {
  return {
    app: pairOf('app'),
    layers: pairOf('layers'),
    platform: pairOf('platform'),
    buildpacks: pairOf('buildpacks'),
    home: pairOf('home'),
    tmp: pairOf('tmp'),
  };
}
