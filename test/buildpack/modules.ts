import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { beforeAll } from 'vitest';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import type { Buildpack } from '../../src/buildpack/buildpack.ts';
import { loadBuildpack } from '../../src/buildpack/load-buildpack.ts';
import type { RunnerFiles } from '../../src/buildpack/module-files.ts';
import type { Isolation } from '../../src/environment/build-environment.ts';
import type { BuildPhaseResult } from '../../src/lifecycle/build.ts';
import type { Phases } from '../lifecycle/phase-fixture.ts';
import { found, group, openPhases, writeTree } from '../lifecycle/phase-fixture.ts';

export interface Modules {
  readonly phases: Phases;
  readonly runner: RunnerFiles;
  /** Writes a module to a directory of this name and loads it. */
  readonly load: (name: string, files: Readonly<Record<string, string>>) => Promise<Buildpack>;
  /** Detects and builds with one buildpack. */
  readonly run: (buildpack: Buildpack) => Promise<BuildPhaseResult>;
}

/** Runs modules with a runner bundled from the sources, so that dist/ does not matter. */
export async function openModules(isolation: Isolation = 'mapped'): Promise<Modules> {
  const phases = await openPhases({ isolation, hostEnv: { DECLARED: 'yes', UNDECLARED: 'no' } });
  const dist = join(phases.root, 'dist');
  const runner = { runner: join(dist, 'buildpack-runner.js'), api: join(dist, 'buildpack.js') };
  beforeAll(async () => {
    await bundle({
      absWorkingDir: repositoryRoot,
      entryPoints: { 'buildpack-runner': 'src/buildpack/runner.ts', buildpack: 'src/buildpack/api.ts' },
      outdir: dist,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      banner: { js: `import{createRequire as r}from'node:module';const require=r(import.meta.url);` },
    });
  });
  return {
    phases,
    runner,
    load: (name, files) => {
      const dir = join(phases.root, 'modules', name);
      writeTree(dir, files);
      return loadBuildpack(dir, { runner });
    },
    run: async (buildpack) => phases.build(found(await phases.detect([group(buildpack)]))),
  };
}

/** A module that does nothing but what `more` says. */
export function plainModule(id: string, more: string): string {
  return `import { defineBuildpack } from 'tsbuildpack/buildpack';
   export default defineBuildpack({ id: '${id}', version: '1.2.3', detect: () => ({ pass: true }), build: () => ({}), ${more} });`;
}
