import type { ApiVersion } from './api-version.ts';
import { atLeast, requireBuildpackApi } from './api-version.ts';
import type { BuildpackId } from './buildpack-id.ts';
import { parseBuildpackId } from './buildpack-id.ts';
import type { Order } from './order.ts';
import { orderFrom } from './order.ts';
import type { Distro, TargetWish } from './targets.ts';
import { parseToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import type { TomlTable } from './toml-value.ts';

/** buildpack.toml — https://github.com/buildpacks/spec/blob/main/buildpack.md#buildpacktoml-toml */
export interface BuildpackDescriptor {
  readonly api: ApiVersion;
  /** The version of the API as it is written, for group.toml. */
  readonly apiText: string;
  readonly id: BuildpackId;
  readonly version: string;
  readonly name?: string;
  readonly homepage?: string;
  readonly description?: string;
  readonly keywords: readonly string[];
  readonly licenses: readonly { readonly type?: string; readonly uri?: string }[];
  readonly clearEnv: boolean;
  /** It says that it needs no network: `[metadata.tsbuildpack] network = "none"`, a key of our own. */
  readonly network?: 'none';
  /** Media types without parameters. */
  readonly sbomFormats: readonly string[];
  /** Empty: every execution environment. */
  readonly execEnv: readonly string[];
  /** Empty: anything. Stacks are translated, and what `bin/` holds is taken into account. */
  readonly targets: readonly TargetWish[];
  /** A composite has one, and neither `bin/detect` nor `bin/build`. */
  readonly order?: Order;
  readonly metadata: TomlTable;
  /** What is against the specification but no reason to refuse. */
  readonly warnings: readonly string[];
}

export interface ParseDescriptorOptions {
  /** Names in the buildpack's `bin/`, from which an operating system is inferred when no target is named (TGT-05). */
  readonly binFiles: readonly string[];
  /** The table that describes it: extension.toml has another. @default 'buildpack' */
  readonly kind?: 'buildpack' | 'extension';
}

const code = 'BUILDPACK_INVALID';
const bionic: TargetWish = { os: 'linux', arch: 'amd64', distros: [{ name: 'ubuntu', version: '18.04' }] };

/** Throws BUILDPACK_INVALID, and BUILDPACK_API_UNSUPPORTED for an API that we do not implement. */
export function parseBuildpackDescriptor(
  text: string | Uint8Array,
  file: string,
  { binFiles, kind = 'buildpack' }: ParseDescriptorOptions,
): BuildpackDescriptor {
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  const buildpack = root.table(kind);
  if (buildpack === undefined) throw root.error(`it has no [${kind}] table`);
  const id = parseBuildpackId(buildpack.required('id'));
  const version = buildpack.required('version');
  // It becomes the name of a directory.
  if (/[/\0]|^\.{1,2}$/.test(version)) throw root.error(`version "${version}" is not X.Y.Z`);
  // One that names none follows none, and ends as one that nobody implements (VER-06).
  const apiText = root.string('api') ?? '';
  const api = requireBuildpackApi(apiText, `${id}@${version}`);
  return {
    api,
    apiText,
    id,
    version,
    ...descriptionFrom(buildpack),
    clearEnv: buildpack.boolean('clear-env'),
    sbomFormats: (buildpack.strings('sbom-formats') ?? []).map(withoutParameters),
    execEnv: atLeast(api, '0.12') ? execEnvFrom(buildpack) : [],
    targets: targetsFrom(root, { api, binFiles: kind === 'buildpack' ? binFiles : programsOf(binFiles) }),
    ...(kind === 'buildpack' && compositeFrom(root)),
    metadata: root.rawTable('metadata') ?? {},
    ...networkFrom(root),
    warnings: isVersion(version) ? [] : [`Version "${version}" of ${kind} "${id}" is not X.Y.Z`],
  };
}

/** An extension may have either program or none, and a bin/generate says as much as a bin/build. */
function programsOf(binFiles: readonly string[]): readonly string[] {
  return binFiles.includes('detect') || binFiles.includes('generate') ? ['build'] : [];
}

function networkFrom(root: TomlReader): Pick<BuildpackDescriptor, 'network'> {
  const network = root.table('metadata')?.table('tsbuildpack')?.string('network') ?? 'host';
  if (network === 'host') return {};
  if (network === 'none') return { network };
  throw root.error(`network "${network}" of [metadata.tsbuildpack] is neither "host" nor "none"`);
}

function compositeFrom(root: TomlReader): Pick<BuildpackDescriptor, 'order'> {
  const order = orderFrom(root.tables('order'));
  if (order.length === 0) return {};
  if (root.tables('stacks').length > 0) throw root.error('it has both [[order]] and [[stacks]]');
  return { order };
}

type Description = Pick<BuildpackDescriptor, 'name' | 'homepage' | 'description' | 'keywords' | 'licenses'>;

function descriptionFrom(buildpack: TomlReader): Description {
  const [name, homepage, description] = ['name', 'homepage', 'description'].map((key) => buildpack.string(key));
  return {
    ...(name !== undefined && { name }),
    ...(homepage !== undefined && { homepage }),
    ...(description !== undefined && { description }),
    keywords: buildpack.strings('keywords') ?? [],
    licenses: buildpack.tables('licenses').map(licenseFrom),
  };
}

function licenseFrom(license: TomlReader): { type?: string; uri?: string } {
  const [type, uri] = [license.string('type'), license.string('uri')];
  return { ...(type !== undefined && { type }), ...(uri !== undefined && { uri }) };
}

function withoutParameters(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase();
}

/** `[[buildpack.exec-env]] name = …` in the specification, a list of strings in the reference and in pack (BPT-10). */
function execEnvFrom(buildpack: TomlReader): readonly string[] {
  const value = buildpack.value('exec-env');
  const tables = Array.isArray(value) && value.length > 0 && typeof value[0] === 'object';
  if (tables) return buildpack.tables('exec-env').map((entry) => entry.required('name'));
  return buildpack.strings('exec-env') ?? [];
}

function targetsFrom(
  root: TomlReader,
  { api, binFiles }: { readonly api: ApiVersion; readonly binFiles: readonly string[] },
): readonly TargetWish[] {
  const targets = root.tables('targets').map(targetFrom);
  if (targets.length > 0) return targets;
  const stacks = root.tables('stacks');
  // TGT-06: before targets, a buildpack for several stacks was not only for this one.
  const translatesBionic = atLeast(api, '0.10') || stacks.length === 1;
  const translated = stacks.flatMap((stack) => stackTarget(root, stack, translatesBionic));
  if (translated.length > 0) return translated;
  return [
    ...(binFiles.includes('build') ? [{ os: 'linux' }] : []),
    ...(binFiles.includes('build.bat') || binFiles.includes('build.exe') ? [{ os: 'windows' }] : []),
  ];
}

export function targetFrom(target: TomlReader): TargetWish {
  const [os, arch] = [target.string('os'), target.string('arch')];
  // The specification and pack say variant, the reference arch-variant (TGT-10).
  const variant = target.string('variant') ?? target.string('arch-variant');
  const distros = target.tables('distros').map(distroFrom);
  return {
    ...(os && { os }),
    ...(arch && { arch }),
    ...(variant && { variant }),
    ...(distros.length > 0 && { distros }),
  };
}

function distroFrom(distro: TomlReader): Distro {
  const [name, version] = [distro.string('name'), distro.string('version')];
  return { ...(name && { name }), ...(version && { version }) };
}

function stackTarget(root: TomlReader, stack: TomlReader, translatesBionic: boolean): readonly TargetWish[] {
  const id = stack.string('id');
  const mixins = stack.strings('mixins') ?? [];
  if (id === '*' && mixins.length > 0) throw root.error('stack "*" has mixins, it must have none');
  if (id === '*') return [{}];
  return id === 'io.buildpacks.stacks.bionic' && translatesBionic ? [bionic] : [];
}

function isVersion(version: string): boolean {
  return /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}$/.test(version);
}
