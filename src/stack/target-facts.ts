import type { MachineTarget } from '../environment/host.ts';
import { labelledDistro } from '../cnb/targets.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import type { ImageFiles } from './image-files.ts';
import { newestVersion } from './check-binary.ts';
import { glibcDirectories } from './library-search.ts';

export type ImageTarget = MachineTarget & { readonly distroName?: string; readonly distroVersion?: string };

/** What the config says without looking at any file. Throws ANALYZE_FAILED when it does not name an operating system. */
export function platformFacts({ config }: Image, name: string): ImageTarget {
  const { os, architecture, variant } = config;
  if (os === '' || architecture === '') {
    const what = os === '' ? 'operating system' : 'architecture';
    throw new TsbuildpackError('ANALYZE_FAILED', `Cannot use run image "${name}": its config names no ${what}`);
  }
  return { os, arch: architecture, ...(variant ? { variant } : {}) };
}

/**
 * What an image says it is: labels first, then its own files. Never what this machine is: a field that the image does not tell stays
 * empty.
 */
export function targetFacts(image: Image, files: ImageFiles, name: string): ImageTarget {
  return { ...platformFacts(image, name), ...libcOf(files), ...distroOf(image, files) };
}

function distroOf({ config }: Image, files: ImageFiles): Pick<ImageTarget, 'distroName' | 'distroVersion'> {
  const labels = config.config?.Labels ?? {};
  const release = parseOsRelease(files.text('/etc/os-release') ?? files.text('/usr/lib/os-release') ?? '');
  const labelled = labelledDistro(labels);
  const distroName = labelled.name ?? release.get('ID');
  const distroVersion = labelled.version ?? release.get('VERSION_ID');
  return { ...(distroName ? { distroName } : {}), ...(distroVersion ? { distroVersion } : {}) };
}

/** https://www.freedesktop.org/software/systemd/man/latest/os-release.html */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const { key, value = '' } = /^\s*(?<key>[A-Z][A-Z0-9_]*)=(?<value>.*?)\s*$/.exec(line)?.groups ?? {};
    if (key !== undefined) values.set(key, unquoted(value));
  }
  return values;
}

function unquoted(value: string): string {
  const { quote, inner } = /^(?<quote>["'])(?<inner>.*)\k<quote>$/.exec(value)?.groups ?? {};
  if (inner === undefined) return value;
  return quote === '"' ? inner.replaceAll(/\\(["$`\\])/g, '$1') : inner;
}

/** Which C library there is, by the file that its programs need. */
function libcOf(files: ImageFiles): Pick<MachineTarget, 'libc' | 'libcVersion'> {
  const glibc = glibcDirectories(files)
    .map((directory) => files.find(`${directory}/libc.so.6`))
    .find((file) => file !== undefined);
  if (glibc !== undefined) {
    const newest = newestVersion(glibc.elf?.versionDefinitions ?? [], 'GLIBC');
    return withVersion('glibc', newest?.replace('GLIBC_', ''));
  }
  if (![...files.paths()].some((path) => muslLoader.test(path))) return {};
  const record = files.text('/lib/apk/db/installed') ?? files.text('/usr/lib/apk/db/installed') ?? '';
  return withVersion('musl', /^V:(?<version>\d[\d.]*)/m.exec(record)?.groups?.['version']);
}

const muslLoader = /^\/(?:usr\/)?lib\/ld-musl-[^/]+\.so\.1$/;

function withVersion(
  libc: 'glibc' | 'musl',
  libcVersion: string | undefined,
): Pick<MachineTarget, 'libc' | 'libcVersion'> {
  return { libc, ...(libcVersion === undefined ? {} : { libcVersion }) };
}
