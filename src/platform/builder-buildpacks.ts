import type { BuilderConfig, BuilderModule } from '../cnb/builder-config.ts';
import type { ModuleReference } from '../cnb/order-label.ts';
import type { OrderEntry } from '../cnb/order.ts';
import type { SystemEntry } from '../cnb/system-toml.ts';
import { formatTarget, matchesTarget } from '../cnb/targets.ts';
import { TsbuildpackError } from '../errors.ts';
import type { BuildImage } from '../stack/build-image.ts';
import type { BuilderContents } from './builder-layers.ts';
import { parseBuildpackLocator } from './buildpack-locator.ts';
import { fetchBuildpacks, isPlaced } from './buildpack-sources.ts';
import type { BuildpackTools, FoundBuildpack } from './buildpack-tools.ts';
import { builtinBuildpacks } from './builtin-buildpacks.ts';
import { requireComplete } from './module-layers.ts';

export interface BuilderParts {
  /** What paths in builder.toml are relative to. */
  readonly dir: string;
  readonly base: BuildImage;
  readonly tools: BuildpackTools;
}

/**
 * The buildpacks of a builder.toml with the versions that its order leaves open (BLR-05). Throws BUILDER_INVALID for an entry of an order
 * that no buildpack answers to, BUILDPACK_INVALID.
 */
export async function builderBuildpacks(
  config: BuilderConfig,
  { dir, base, tools }: BuilderParts,
): Promise<BuilderContents> {
  const found: FoundBuildpack[] = [];
  for (const module of config.buildpacks) found.push(...(await fetchModule(module, { dir, tools })));
  const buildpacks = [...new Map(found.map((one) => [nameOf(one), one])).values()];
  requireComplete(buildpacks, 'Name it in builder.toml too: [[buildpacks]] uri = "DIR, FILE or docker://IMAGE"');
  for (const one of buildpacks) warnUnfit(one, base, tools);
  if (config.order.length === 0) {
    throw new TsbuildpackError('BUILDER_INVALID', 'Cannot make a builder without an order', {
      hint: 'Write [[order]] and [[order.group]] with the ID of a buildpack',
    });
  }
  const resolve = (reference: ModuleReference): OrderEntry => resolved(reference, buildpacks);
  const system = (list: readonly ModuleReference[]): readonly SystemEntry[] =>
    list.map(resolve).map(({ id, version, optional }) => ({ id, version, optional }));
  return {
    buildpacks,
    order: config.order.map((group) => group.map(resolve)),
    system: { pre: system(config.system.pre), post: system(config.system.post) },
  };
}

async function fetchModule(
  module: BuilderModule,
  { dir, tools }: Pick<BuilderParts, 'dir' | 'tools'>,
): Promise<readonly FoundBuildpack[]> {
  const text = module.source ?? [module.id, module.version].filter(Boolean).join('@');
  const locator = parseBuildpackLocator(text, dir);
  if (!isPlaced(locator)) throw await notPlaced(text);
  const { main, all } = await fetchBuildpacks(locator, text, tools);
  requireName(main, module, text);
  return all;
}

function requireName({ buildpack: { descriptor } }: FoundBuildpack, module: BuilderModule, text: string): void {
  const { id, version } = { ...descriptor, ...module };
  if (id === descriptor.id && version === descriptor.version) return;
  const found = `${descriptor.id}@${descriptor.version}`;
  throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot use "${text}" as buildpack ${id}@${version}: it is ${found}`);
}

async function notPlaced(text: string): Promise<TsbuildpackError> {
  const isBuiltin = (await builtinBuildpacks()).some(({ descriptor: { id } }) => id === text.replace(/@.*$/, ''));
  const problem = isBuiltin
    ? 'it is built into tsbuildpack, and its version is the tool’s'
    : 'there is no such file, and an ID alone says no place';
  const hint = isBuiltin
    ? 'Leave it out of the builder; a build takes both with --buildpack from=builder --buildpack from=builtin'
    : 'Name its place: uri = "DIR, FILE, docker://IMAGE or npm:NAME"';
  return new TsbuildpackError('BUILDPACK_INVALID', `Cannot put buildpack "${text}" into a builder: ${problem}`, {
    hint,
  });
}

function resolved(
  { id, version, optional, execEnv }: ModuleReference,
  buildpacks: readonly FoundBuildpack[],
): OrderEntry {
  const versions = buildpacks
    .map(({ buildpack }) => buildpack.descriptor)
    .filter((one) => one.id === id)
    .map((one) => one.version);
  const [only] = versions;
  const problem = orderProblem(versions, version);
  if (problem === undefined && only !== undefined) return { id, version: version ?? only, optional, execEnv };
  const name = version === undefined ? id : `${id}@${version}`;
  throw new TsbuildpackError(
    'BUILDER_INVALID',
    `Cannot put "${name}" into the order of a builder: ${problem ?? 'it is missing'}`,
    {
      hint: 'An order names buildpacks of this builder.toml',
    },
  );
}

function orderProblem(versions: readonly string[], wanted: string | undefined): string | undefined {
  if (versions.length === 0) return 'there is no buildpack of this ID';
  if (wanted !== undefined) return versions.includes(wanted) ? undefined : `there is only ${versions.join(', ')}`;
  return versions.length === 1 ? undefined : `there are several versions, ${versions.join(', ')}, and it names none`;
}

/** No error: another group of the order may be for this machine. */
function warnUnfit({ buildpack: { descriptor } }: FoundBuildpack, base: BuildImage, tools: BuildpackTools): void {
  if (descriptor.order !== undefined || matchesTarget(descriptor.targets, base.target)) return;
  const wanted = descriptor.targets.map(formatTarget).join(', ');
  tools.surroundings.report({
    type: 'warning',
    message: `Buildpack ${descriptor.id}@${descriptor.version} is for ${wanted}, the build image is ${formatTarget(base.target)}`,
  });
}

function nameOf({ buildpack: { descriptor } }: FoundBuildpack): string {
  return `${descriptor.id}@${descriptor.version}`;
}
