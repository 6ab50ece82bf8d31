import { unknownKeys } from './project-keys.ts';
import { targetFrom } from './buildpack-descriptor.ts';
import type { TargetWish } from './targets.ts';
import { parseToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

/** package.toml, what goes into a buildpackage (DST-08) — https://buildpacks.io/docs/reference/config/package-config/ */
export interface PackageConfig {
  /** Of the buildpack, as it is written: relative to the file. */
  readonly uri: string;
  /** Buildpacks that it needs, each from wherever a buildpack can come. */
  readonly dependencies: readonly string[];
  /** Empty: the file does not say. */
  readonly targets: readonly TargetWish[];
  /** One sentence each. */
  readonly warnings: readonly string[];
}

const code = 'DESCRIPTOR_INVALID';

const target = { os: null, arch: null, variant: null, 'arch-variant': null, distros: null };
const known = {
  buildpack: { uri: null },
  extension: { uri: null },
  dependencies: { uri: null, image: null },
  platform: { os: null },
  targets: target,
};

/** Throws DESCRIPTOR_INVALID. */
export function parsePackageConfig(text: string | Uint8Array, file: string): PackageConfig {
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  if (root.has('extension')) {
    throw root.error('it packages an image extension', 'Image extensions are not supported: package buildpacks');
  }
  const os = root.table('platform')?.string('os') ?? 'linux';
  if (os !== 'linux') throw root.error(`platform.os is "${os}", it must be "linux"`);
  return {
    uri: root.table('buildpack')?.string('uri') || '.',
    dependencies: root.tables('dependencies').map(sourceFrom),
    targets: root.tables('targets').map(targetFrom),
    warnings: unknownKeys(root, known, { file }),
  };
}

/** `uri`, or `image`, which is a reference without a scheme. */
export function sourceFrom(entry: TomlReader): string {
  const [uri, image] = [entry.string('uri'), entry.string('image')];
  if (uri && image) throw entry.error('a buildpack has both uri and image', 'Keep one of the two');
  if (uri) return uri;
  if (image) return image.includes('://') ? image : `docker://${image}`;
  throw entry.error('a buildpack has neither uri nor image');
}
