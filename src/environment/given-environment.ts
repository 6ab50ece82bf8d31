import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../fs/remove-tree.ts';
import type { BuildEnvironment, PathPair } from './build-environment.ts';
import { detectHost } from './detect-host.ts';
import { directExec } from './direct-exec.ts';
import type { MachineTarget } from './host.ts';

/** Absolute paths. What a phase does not use need not be there. */
export interface GivenDirectories {
  readonly app: string;
  readonly layers: string;
  readonly platform: string;
  readonly buildpacks: string;
  readonly home: string;
}

export interface GivenEnvironmentOptions {
  readonly target: MachineTarget;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The directories that a platform names, in a container that it made: they are in the image where they are now, and nothing is hidden
 * from buildpacks but what the platform left out.
 */
export async function givenEnvironment(
  { app, layers, platform, buildpacks, home }: GivenDirectories,
  { target, signal }: GivenEnvironmentOptions,
): Promise<BuildEnvironment> {
  const tmp = mkdtempSync(join(tmpdir(), 'tsbuildpack-'));
  return {
    isolation: 'real',
    mechanism: 'the platform’s own container',
    hides: false,
    given: true,
    paths: {
      app: inPlace(app),
      layers: inPlace(layers),
      platform: inPlace(platform),
      buildpacks: inPlace(buildpacks),
      home: inPlace(home),
      tmp: inPlace(tmp),
      everything: inPlace('/'),
    },
    host: await detectHost(),
    target,
    exec: (argv, options) => directExec(argv, { ...(signal && { signal }), ...options }),
    close: () => removeTree(tmp),
  };
}

function inPlace(path: string): PathPair {
  return { host: path, inside: path, image: path };
}
