import { TsbuildpackError } from '../errors.ts';
import { parseParagraph, wordsOf } from './deb822.ts';

/** What the Release file of a suite says: https://wiki.debian.org/DebianRepository/Format */
export interface Release {
  readonly origin: string;
  readonly suite: string;
  readonly codename: string;
  readonly date: Date;
  readonly validUntil?: Date;
  readonly acquireByHash: boolean;
  /** Not taken for an upgrade by itself: backports, experimental. */
  readonly notAutomatic: boolean;
  readonly architectures: readonly string[];
  /** Packages for all architectures are in the index of each, also where there is one of their own. */
  readonly allInEach: boolean;
  /** By path below the Release file. */
  readonly files: ReadonlyMap<string, IndexFile>;
}

export interface IndexFile {
  readonly path: string;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Throws PACKAGES_UNTRUSTED: it is signed, so nothing in it should be amiss. */
export function parseRelease(text: string, address: string): Release {
  const owner = `the Release file of ${address}`;
  const fields = parseParagraph(text, { owner, code: 'PACKAGES_UNTRUSTED' });
  const validUntil = fields.get('valid-until');
  const sums = fields.get('sha256');
  if (sums === undefined) throw wrong(owner, 'it has no SHA-256 sums');
  return {
    origin: fields.get('origin') ?? '',
    suite: fields.get('suite') ?? '',
    codename: fields.get('codename') ?? '',
    date: parseDate(fields.get('date'), owner),
    ...(validUntil !== undefined && { validUntil: parseDate(validUntil, owner) }),
    acquireByHash: fields.get('acquire-by-hash') === 'yes',
    notAutomatic: fields.get('notautomatic') === 'yes',
    architectures: wordsOf(fields.get('architectures')),
    allInEach: wordsOf(fields.get('no-support-for-architecture-all')).includes('Packages'),
    files: new Map(parseSums(sums, owner).map((file) => [file.path, file])),
  };
}

function parseSums(text: string, owner: string): readonly IndexFile[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { sum, size, path } = /^(?<sum>[0-9a-f]{64})\s+(?<size>\d{1,12})\s+(?<path>\S+)$/.exec(line)?.groups ?? {};
      if (sum === undefined || path === undefined) throw wrong(owner, `"${line.slice(0, 80)}" is no sum`);
      return { path, sha256: sum, sizeBytes: Number(size) };
    });
}

function parseDate(text: string | undefined, owner: string): Date {
  const date = new Date(text ?? '');
  if (text === undefined || Number.isNaN(date.getTime())) throw wrong(owner, 'it has no date');
  return date;
}

function wrong(owner: string, why: string): TsbuildpackError {
  return new TsbuildpackError('PACKAGES_UNTRUSTED', `Cannot use ${owner}: ${why}`);
}

/** A clock that is behind by less than this is nobody's attack. */
const clockSkewMs = 3_600_000;

export interface CheckReleaseOptions {
  readonly suite: string;
  readonly architecture: string;
  readonly now: Date;
  /** For messages. */
  readonly address: string;
}

/** Throws PACKAGES_UNTRUSTED when it is that of another suite, from the future or out of date; PACKAGES_UNAVAILABLE without the architecture. */
export function checkRelease(release: Release, { suite, architecture, now, address }: CheckReleaseOptions): void {
  const action = `Cannot use the packages of ${address}`;
  if (release.suite !== suite && release.codename !== suite) {
    throw new TsbuildpackError(
      'PACKAGES_UNTRUSTED',
      `${action}: it was asked for suite "${suite}" and answered with "${release.codename}" (${release.suite})`,
      { hint: 'Check what the mirror serves under that name' },
    );
  }
  if (release.date.getTime() > now.getTime() + clockSkewMs) {
    throw new TsbuildpackError(
      'PACKAGES_UNTRUSTED',
      `${action}: its Release file is of ${release.date.toISOString()}, which is in the future`,
      { hint: `It is ${now.toISOString()} by the clock of this machine: set it if it is wrong` },
    );
  }
  if (release.validUntil !== undefined && release.validUntil.getTime() < now.getTime()) {
    throw new TsbuildpackError(
      'PACKAGES_UNTRUSTED',
      `${action}: its Release file was valid until ${release.validUntil.toISOString()}`,
      {
        hint: `The mirror is no longer updated, or the clock of this machine (${now.toISOString()}) is wrong; name another mirror`,
      },
    );
  }
  if (!release.architectures.includes(architecture)) {
    throw new TsbuildpackError(
      'PACKAGES_UNAVAILABLE',
      `${action}: it has no packages for ${architecture}, only for ${release.architectures.join(', ')}`,
    );
  }
}
