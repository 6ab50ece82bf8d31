import type { ModuleReference, OpenOrder, OpenSystem } from './order-label.ts';
import { sourceFrom } from './package-config.ts';
import { unknownKeys } from './project-keys.ts';
import type { RunImageNames } from './run-toml.ts';
import { parseToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

/** builder.toml (BLR-09) — https://buildpacks.io/docs/reference/config/builder-config/ */
export interface BuilderConfig {
  readonly description: string;
  readonly buildpacks: readonly BuilderModule[];
  readonly order: OpenOrder;
  readonly system: OpenSystem;
  readonly buildImage: string;
  readonly buildEnv: readonly OperatorVariable[];
  readonly runImages: readonly RunImageNames[];
  /** `[stack] id`, from before there were targets. */
  readonly stackId?: string;
  readonly lifecycle: { readonly uri?: string; readonly version?: string };
  /** One sentence each. */
  readonly warnings: readonly string[];
}

export interface BuilderModule {
  /** What it is expected to be. */
  readonly id?: string;
  readonly version?: string;
  /** Where it comes from; undefined: it is to be found by its id. */
  readonly source?: string;
}

/** A variable that the operator of a builder sets: `/cnb/build-config/env/NAME[.SUFFIX]`. */
export interface OperatorVariable {
  readonly name: string;
  readonly value: string;
  readonly suffix: 'default' | 'override' | 'append' | 'prepend' | '';
  readonly delimiter?: string;
}

const code = 'DESCRIPTOR_INVALID';

const reference = { id: null, version: null, optional: null, 'exec-env': null };
const module = { id: null, version: null, uri: null, image: null };
const known = {
  description: null,
  buildpacks: module,
  extensions: module,
  order: { group: reference },
  'order-extensions': { group: reference },
  build: { image: null, env: { name: null, value: null, suffix: null, delim: null, 'exec-env': null } },
  run: { images: { image: null, mirrors: null } },
  stack: { id: null, 'build-image': null, 'run-image': null, 'run-image-mirrors': null },
  lifecycle: { uri: null, version: null },
  targets: null,
  system: { pre: { buildpacks: reference }, post: { buildpacks: reference } },
};

/** Throws DESCRIPTOR_INVALID. */
export function parseBuilderConfig(text: string | Uint8Array, file: string): BuilderConfig {
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  const extensions = root.tables('extensions').length + root.tables('order-extensions').length;
  if (extensions > 0) {
    throw root.error(
      'it has image extensions',
      'Take them out, or make the builder with pack: a build takes the extensions that a builder has',
    );
  }
  const stack = root.table('stack');
  const system = root.table('system');
  const stackId = stack?.string('id');
  return {
    description: root.string('description') ?? '',
    buildpacks: root.tables('buildpacks').map(moduleFrom),
    order: root.tables('order').map((group) => group.tables('group').map(referenceFrom)),
    system: { pre: side(system?.table('pre')), post: side(system?.table('post')) },
    buildImage: buildImageFrom(root, stack),
    buildEnv: (root.table('build')?.tables('env') ?? []).map(variableFrom),
    runImages: runImagesFrom(root, stack),
    ...(stackId && { stackId }),
    lifecycle: lifecycleFrom(root.table('lifecycle')),
    warnings: unknownKeys(root, known, { file }),
  };
}

function lifecycleFrom(table: TomlReader | undefined): BuilderConfig['lifecycle'] {
  const [uri, version] = [table?.string('uri'), table?.string('version')];
  return { ...(uri && { uri }), ...(version && { version }) };
}

function side(table: TomlReader | undefined): OpenSystem['pre'] {
  return (table?.tables('buildpacks') ?? []).map(referenceFrom);
}

function moduleFrom(entry: TomlReader): BuilderModule {
  const [id, version] = [entry.string('id'), entry.string('version')];
  const source = entry.has('uri') || entry.has('image') ? sourceFrom(entry) : undefined;
  if (source === undefined && !id) throw entry.error('a buildpack has neither uri, image nor id');
  return { ...(id && { id }), ...(version && { version }), ...(source !== undefined && { source }) };
}

function referenceFrom(entry: TomlReader): ModuleReference {
  const version = entry.string('version');
  return {
    id: entry.required('id'),
    ...(version && { version }),
    optional: entry.boolean('optional'),
    execEnv: entry.strings('exec-env') ?? [],
  };
}

function buildImageFrom(root: TomlReader, stack: TomlReader | undefined): string {
  const [current, older] = [root.table('build')?.string('image'), stack?.string('build-image')];
  if (current && older && current !== older) {
    throw root.error(`build.image is "${current}", stack.build-image is "${older}"`, 'Keep build.image');
  }
  const image = current || older;
  if (image) return image;
  throw root.error('it names no build image', 'Write [build] image = "stack:base", or the name of any build image');
}

function runImagesFrom(root: TomlReader, stack: TomlReader | undefined): readonly RunImageNames[] {
  const images = (root.table('run')?.tables('images') ?? []).map((entry) => ({
    image: entry.required('image'),
    mirrors: entry.strings('mirrors') ?? [],
  }));
  const older = stack?.string('run-image');
  if (older && images[0] !== undefined && images[0].image !== older) {
    throw root.error(`run.images begins with "${images[0].image}", stack.run-image is "${older}"`, 'Keep run.images');
  }
  if (images.length > 0) return images;
  if (older) return [{ image: older, mirrors: stack?.strings('run-image-mirrors') ?? [] }];
  throw root.error('it names no run image', 'Write [[run.images]] image = "stack:base", or the name of any run image');
}

const suffixes = ['', 'default', 'override', 'append', 'prepend'] as const;

function variableFrom(entry: TomlReader): OperatorVariable {
  const name = entry.required('name');
  // It becomes the name of a file.
  if (/[=/\0]/.test(name) || name.startsWith('.')) throw entry.error(`"${name}" cannot be the name of a variable`);
  const text = entry.string('suffix') ?? '';
  const suffix = suffixes.find((one) => one === text);
  if (suffix === undefined)
    throw entry.error(`suffix "${text}" of "${name}" is not default, override, append or prepend`);
  const delimiter = entry.string('delim');
  return { name, value: entry.string('value') ?? '', suffix, ...(delimiter && { delimiter }) };
}
