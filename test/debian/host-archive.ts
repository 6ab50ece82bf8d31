import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Distribution, PackageSource } from '../../src/debian/distribution.ts';
import { findPackageSources } from '../../src/debian/find-package-sources.ts';

/** The distribution that this machine has, with the keys that came with it. */
export function hostDistribution(codename: string = hostCodename()): Distribution {
  const id = osRelease('ID');
  const pockets = ['', '-updates', '-security'];
  const dir = '/usr/share/keyrings';
  const keyrings = readdirSync(dir).filter((name) => name.startsWith(`${id}-archive-`) && !/removed|\.pgp$/.test(name));
  return {
    id,
    codename,
    suites: pockets.map((pocket) => `${codename}${pocket}`),
    components: ['main'],
    keys: keyrings.map((name) => readFileSync(join(dir, name))),
  };
}

function hostCodename(): string {
  return osRelease('VERSION_CODENAME');
}

/** Where apt of this machine gets a distribution of the same name. */
export function hostSources(distribution: Distribution): readonly PackageSource[] {
  const found = findPackageSources(distribution, {});
  if (found.result === 'none') throw new Error(found.reason);
  return found.sources;
}

function osRelease(name: string): string {
  return new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
}
