import type { Buildpack } from '../buildpack/buildpack.ts';
import type { BuildEnvironment, Isolation } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';

/**
 * Refuses to run a buildpack where it would not work or where nobody vetted it and nothing is hidden from it, unless this isolation was
 * asked for by name. Throws ISOLATION_UNAVAILABLE.
 */
export function requireFit(buildpack: Buildpack, environment: BuildEnvironment, asked: Isolation | 'auto'): void {
  if (buildpack.kind === 'builtin' || asked === environment.isolation) return;
  const name = `${buildpack.descriptor.id}@${buildpack.descriptor.version}`;
  if (environment.isolation === 'mapped' && !buildpack.relocatable) {
    throw new TsbuildpackError(
      'ISOLATION_UNAVAILABLE',
      `Cannot run buildpack "${name}" in mapped directories: it does not say that it is relocatable`,
      {
        hint:
          '"tsbuildpack doctor" says what --isolation real needs on this machine; ' +
          '--isolation mapped runs it anyway, and fails if it writes the build directory into a layer',
      },
    );
  }
  if (environment.isolation === 'real' && !environment.hides) {
    throw new TsbuildpackError(
      'ISOLATION_UNAVAILABLE',
      `Cannot run buildpack "${name}" unasked: nothing on this machine can be hidden from it (${environment.mechanism})`,
      { hint: 'If you trust it, say --isolation real' },
    );
  }
}
