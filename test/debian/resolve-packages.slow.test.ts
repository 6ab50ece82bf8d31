import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { mirrorTransport } from '../../src/debian/mirror-transport.ts';
import { openArchive } from '../../src/debian/open-archive.ts';
import type { PackageArchive } from '../../src/debian/package-archive.ts';
import { resolvePackages } from '../../src/debian/resolve-packages.ts';
import { quiet, temporaryDir, temporaryStore } from './archive-fixture.ts';
import { hostDistribution, hostSources } from './host-archive.ts';

let archive: PackageArchive;
let apt: readonly string[];

/** apt with the same suites, and with nothing installed. */
function emptyMachine(lines: readonly string[]): readonly string[] {
  const dir = temporaryDir();
  for (const name of ['lists/partial', 'cache/archives/partial', 'parts', 'preferences']) {
    mkdirSync(join(dir, name), { recursive: true });
  }
  writeFileSync(join(dir, 'sources.list'), lines.map((line) => `${line}\n`).join(''));
  writeFileSync(join(dir, 'status'), '');
  const options = {
    'Dir::State': dir,
    'Dir::State::lists': join(dir, 'lists'),
    'Dir::State::status': join(dir, 'status'),
    'Dir::Cache': join(dir, 'cache'),
    'Dir::Etc::SourceList': join(dir, 'sources.list'),
    'Dir::Etc::SourceParts': join(dir, 'parts'),
    'Dir::Etc::PreferencesParts': join(dir, 'preferences'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

beforeAll(async () => {
  const distribution = hostDistribution();
  const sources = hostSources(distribution);
  apt = emptyMachine(sources.map(({ uri, suite, components }) => `deb ${uri} ${suite} ${components.join(' ')}`));
  execFileSync('apt-get', [...apt, '-qq', 'update']);
  const store = await temporaryStore();
  archive = await openArchive(distribution, sources, {
    architecture: arch() === 'x64' ? 'amd64' : arch(),
    open: mirrorTransport({ env: process.env }),
    cache: store.blobs,
    document: (name) => store.document(name),
    report: quiet,
    now: () => new Date(),
  });
});

function aptChoice(wanted: readonly string[]): readonly string[] {
  const output = execFileSync('apt-get', [...apt, '-s', '--no-install-recommends', 'install', ...wanted], {
    encoding: 'utf8',
  });
  const lines = [...output.matchAll(/^Inst (?<name>\S+) \((?<version>\S+)/gm)];
  return lines.map(({ groups }) => `${groups?.['name']} ${groups?.['version']}`).toSorted();
}

describe('resolvePackages()', () => {
  test.each([
    [['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1', 'ca-certificates', 'tzdata', 'netbase', 'base-files']],
    [['bash', 'coreutils', 'curl', 'git']],
    [['gcc', 'g++', 'make', 'pkg-config']],
    [['python3', 'python3-venv']],
    [['nginx-light']],
    [['libpq-dev', 'libvips-dev']],
    [['default-jre-headless']],
    [['postgresql']],
  ])('takes for %j what apt takes on an empty machine', (wanted) => {
    const ours = resolvePackages(archive, wanted).map(({ name, version }) => `${name} ${version}`);
    expect(ours.toSorted()).toEqual(aptChoice(wanted));
  });
});
