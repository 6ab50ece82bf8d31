import { join } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import type { AptSource } from './apt-sources.ts';
import { readAptSources } from './apt-sources.ts';
import type { Distribution, PackageSource } from './distribution.ts';
import { readOptional } from './read-apt-files.ts';
import { shownAddress } from './shown-address.ts';

export interface FindPackageSourcesOptions {
  /**
   * What a user names: the address of a mirror, and where a suite is somewhere else, `SUITE=ADDRESS` after it, separated by blanks. A plain
   * path is a directory.
   */
  readonly setting?: string | undefined;
  /** os-release(5) is looked for in the directory above. @default '/etc/apt' */
  readonly aptDir?: string | undefined;
}

export type FoundPackageSources =
  | {
      readonly result: 'found';
      /** One for each suite of the distribution. */
      readonly sources: readonly PackageSource[];
      /** A clause: `the mirror https://mirror.example/debian, which apt of this machine uses`. */
      readonly reason: string;
    }
  | { readonly result: 'none'; readonly reason: string };

/**
 * Where this machine can get the packages of a distribution: what the user names, else where its apt gets those of the same distribution,
 * whatever its release. Who signs them is not asked of the machine. Throws SETTINGS_INVALID for a setting that is no address.
 */
export function findPackageSources(
  distribution: Distribution,
  { setting, aptDir = '/etc/apt' }: FindPackageSourcesOptions,
): FoundPackageSources {
  if (setting !== undefined && setting.trim() !== '') return fromSetting(distribution, setting);
  return fromApt(distribution, aptDir);
}

function fromSetting(distribution: Distribution, setting: string): FoundPackageSources {
  const words = setting.split(/\s+/).filter((word) => word !== '');
  const named = new Map<string, string>();
  let mirror: string | undefined;
  for (const word of words) {
    const [, suite, address = word] = /^([a-z0-9][a-z0-9./-]*)=(.+)$/i.exec(word) ?? [];
    if (suite !== undefined) named.set(suite, checkedAddress(address));
    else if (mirror === undefined) mirror = checkedAddress(address);
    else throw wrongSetting('it names two mirrors');
  }
  const archive = mirror ?? named.get(distribution.codename);
  if (archive === undefined) throw wrongSetting(`it names no mirror for ${distribution.codename}`);
  const sources = distribution.suites.map((suite) => ({
    uri: named.get(suite) ?? usualUri(distribution, suite, archive),
    suite,
    components: distribution.components,
  }));
  return { result: 'found', sources, reason: `the mirror ${shownAddress(archive)}, which the settings name` };
}

function checkedAddress(text: string): string {
  if (text.startsWith('/')) return `file://${text.split('/').map(encodeURIComponent).join('/')}`;
  if (/^(?:https?|mirror(?:\+[a-z]+)?):\/\/[^/]|^(?:mirror\+)?(?:file|copy):\//.test(text)) return text;
  throw wrongSetting(`"${shownAddress(text)}" is no http, https or file address`);
}

function wrongSetting(why: string): TsbuildpackError {
  return new TsbuildpackError('SETTINGS_INVALID', `Cannot use the mirror of the settings: ${why}`, {
    hint: 'Write --debian-mirror https://HOST/debian, or, where security updates are somewhere else, "https://HOST/debian trixie-security=https://HOST/security"',
  });
}

/** Debian's mirrors have the security updates in a directory beside it, Ubuntu's in the same. */
function usualUri({ id, codename }: Distribution, suite: string, archive: string): string {
  if (id !== 'debian' || pocketOf(suite, codename) !== 'security') return archive;
  return archive.replace(/\/debian\/?$/, '/debian-security');
}

/** `updates` of `trixie-updates`, empty for `trixie`; undefined for a suite of another release. */
function pocketOf(suite: string, codename: string): string | undefined {
  if (suite === codename) return '';
  return suite.startsWith(`${codename}-`) ? suite.slice(codename.length + 1) : undefined;
}

interface ArchiveSource extends AptSource {
  readonly pocket: string;
}

/** The parts that an archive of a distribution has, and no repository that is beside it. */
const pockets: readonly string[] = ['', 'updates', 'security', 'backports', 'proposed-updates', 'proposed'];
/** Names that move from release to release. */
const movingNames: Readonly<Record<string, readonly string[]>> = {
  debian: ['oldoldstable', 'oldstable', 'stable', 'testing', 'unstable', 'sid'],
};

function fromApt(distribution: Distribution, aptDir: string): FoundPackageSources {
  const { id, codename } = distribution;
  const all = readAptSources(aptDir);
  const host = readOsRelease(join(aptDir, '..', 'os-release'));
  const wanted = `${id} ${codename}`;
  if (all.length === 0)
    return { result: 'none', reason: `apt of this machine has no sources, which could have ${wanted}` };
  const ours = all.flatMap((source) => archiveSource(source, distribution, host) ?? []);
  const archive = best(
    ours.filter(({ pocket }) => pocket !== 'security'),
    ours,
    id,
  );
  if (archive === undefined) {
    const name = host.id === undefined ? 'another distribution' : `${host.id} ${host.codename ?? ''}`.trim();
    return { result: 'none', reason: `apt of this machine has sources of ${name}, none of ${wanted}` };
  }
  const security = best(
    ours.filter(({ pocket }) => pocket === 'security'),
    ours,
    id,
  );
  const sources = distribution.suites.map((suite) => ({
    uri:
      pocketOf(suite, codename) === 'security' && security !== undefined
        ? security
        : usualUri(distribution, suite, archive),
    suite,
    components: distribution.components,
  }));
  return { result: 'found', sources, reason: `the mirror ${shownAddress(archive)}, which apt of this machine uses` };
}

/** Undefined for what is not of this distribution's own archive. */
function archiveSource(
  source: AptSource,
  { id, codename, components }: Distribution,
  host: OsRelease,
): ArchiveSource | undefined {
  // Third parties call their suites after the release, too, but seldom their only component.
  if (!components.some((component) => source.components.includes(component))) return undefined;
  const suite = source.suite.replace('/updates', '-security');
  const isOurs = host.id === id || source.uri.replace(/\/$/, '').endsWith(`/${id}`);
  const releases = host.id === id ? [codename, host.codename ?? codename, ...(movingNames[id] ?? [])] : [codename];
  for (const release of isOurs ? releases : []) {
    const pocket = pocketOf(suite, release);
    if (pocket !== undefined && pockets.includes(pocket)) return { ...source, pocket };
  }
  return undefined;
}

/** The address that has most parts of the archive: a third party's has one. The first of those that have as many. */
function best(candidates: readonly ArchiveSource[], all: readonly ArchiveSource[], id: string): string | undefined {
  const score = (uri: string): number => {
    const parts = new Set(all.filter((source) => source.uri === uri).map(({ pocket }) => pocket));
    return 2 * parts.size + (new RegExp(`/${id}(?:-security)?/?$`).test(uri) ? 1 : 0);
  };
  const uris = [...new Set(candidates.map(({ uri }) => uri))];
  return uris.reduce<string | undefined>(
    (top, uri) => (top === undefined || score(uri) > score(top) ? uri : top),
    undefined,
  );
}

interface OsRelease {
  readonly id: string | undefined;
  readonly codename: string | undefined;
}

/** https://www.freedesktop.org/software/systemd/man/latest/os-release.html */
function readOsRelease(path: string): OsRelease {
  const text = readOptional(path) ?? '';
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}=(?<quote>["']?)(?<value>.*?)\\k<quote>\\s*$`, 'm').exec(text)?.groups?.['value'];
  return { id: value('ID'), codename: value('VERSION_CODENAME') };
}
