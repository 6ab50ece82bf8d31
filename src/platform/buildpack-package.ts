import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { buildpackageMetadataLabel, formatBuildpackageMetadata } from '../cnb/buildpackage-metadata.ts';
import { buildpackLayersLabel, formatModuleLayers } from '../cnb/module-layers.ts';
import { parsePackageConfig, type PackageConfig } from '../cnb/package-config.ts';
import type { StackWish } from '../cnb/stack-wishes.ts';
import { TsbuildpackError } from '../errors.ts';
import { editImage } from '../image/edit-image.ts';
import type { Image } from '../image/image.ts';
import { scratchImage } from '../image/scratch.ts';
import { formatPlatform, parsePlatform, type Platform } from '../oci/platform.ts';
import type { BuildpackTools, FoundBuildpacks } from './buildpack-tools.ts';
import { parseBuildpackLocator } from './buildpack-locator.ts';
import { fetchBuildpacks, isPlaced } from './buildpack-sources.ts';
import { layBuildpacks, requireComplete, type ModuleLayers } from './module-layers.ts';
import { readInputFile } from './read-input-file.ts';

/** What a user asks of a package. */
export interface PackageWish {
  /** The buildpack's directory, as typed. */
  readonly directory: string;
  /** package.toml, as typed. @default the one in the directory, if there is one */
  readonly config?: string | undefined;
  /** `os/arch` each. @default as package.toml or buildpack.toml say */
  readonly targets: readonly string[];
  /** All buildpacks in one layer. */
  readonly flatten: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** Says the same for every image, as the reference lifecycle has it. */
const created = '1980-01-01T00:00:01Z';

/** A package for a machine that nobody named, as pack has it. */
const defaultTarget: Platform = { os: 'linux', architecture: 'amd64' };

/**
 * The images of a buildpackage, one for each target — https://github.com/buildpacks/spec/blob/main/distribution.md#buildpackage
 * Equal files give equal digests. Throws BUILDPACK_INVALID, DESCRIPTOR_INVALID and the errors of places.
 */
export async function packageImages(
  wish: PackageWish,
  tools: Omit<BuildpackTools, 'platform'>,
): Promise<readonly Image[]> {
  const { cwd, report } = tools.surroundings;
  const directory = resolve(cwd, wish.directory);
  const { config, dir } = readConfig(directory, wish.config && resolve(cwd, wish.config));
  for (const message of config.warnings) report({ type: 'warning', message });
  const images: Image[] = [];
  const targets = wish.targets.length > 0 ? wish.targets.map(parsePlatform) : platformsOf(config.targets);
  const first = await packageFor(targets[0] ?? defaultTarget, { wish, config, dir, tools });
  const own = targets.length > 0 ? targets : platformsOf(first.main.buildpack.descriptor.targets);
  const platforms = unique(own.length > 0 ? own : [defaultTarget]);
  for (const platform of platforms) {
    const found = platform === platforms[0] ? first : await packageFor(platform, { wish, config, dir, tools });
    images.push(await imageOf(found, platform, { wish, tools: { ...tools, platform } }));
  }
  return images;
}

interface PackageParts {
  readonly wish: PackageWish;
  readonly config: PackageConfig;
  /** What its paths are relative to. */
  readonly dir: string;
  readonly tools: Omit<BuildpackTools, 'platform'>;
}

async function packageFor(platform: Platform, { config, dir, tools }: PackageParts): Promise<FoundBuildpacks> {
  const forPlatform = { ...tools, platform };
  const find = async (text: string): Promise<FoundBuildpacks> => {
    const locator = parseBuildpackLocator(text, dir);
    if (isPlaced(locator)) return await fetchBuildpacks(locator, text, forPlatform);
    throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot package "${text}": it says no place`, {
      hint: 'Name a directory, an archive, or an image as docker://HOST/NAME:TAG',
    });
  };
  const { main, all } = await find(config.uri);
  const dependencies = [];
  for (const text of config.dependencies) dependencies.push(...(await find(text)).all);
  const everything = [...all, ...dependencies];
  requireComplete(everything, 'Name it in package.toml: [[dependencies]] uri = "DIR, FILE or docker://IMAGE"');
  return { main, all: everything };
}

async function imageOf(
  { main, all }: FoundBuildpacks,
  platform: Platform,
  { wish, tools }: { readonly wish: PackageWish; readonly tools: BuildpackTools },
): Promise<Image> {
  const { descriptor } = main.buildpack;
  // Of third parties it is only warned about: others have made such packages.
  const [warning] = descriptor.warnings;
  if (warning !== undefined) {
    throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot package buildpack "${descriptor.id}": ${warning}`, {
      hint: 'Give it a version of three numbers in buildpack.toml',
    });
  }
  const { layers, buildpacks } = await layBuildpacks(all, tools, { flatten: wish.flatten });
  return editImage(scratchImage(platform), {
    created,
    layers,
    config: () => ({
      Labels: {
        ...wish.labels,
        [buildpackageMetadataLabel]: formatBuildpackageMetadata(descriptor, commonStacks(buildpacks)),
        [buildpackLayersLabel]: formatModuleLayers(buildpacks),
      },
    }),
  });
}

/**
 * Stacks on which every component runs, each with the mixins that any of them wants (DST-03); those that name none run on any, and
 * composites ask for nothing (DST-04).
 */
function commonStacks(buildpacks: ModuleLayers['buildpacks']): readonly StackWish[] {
  const anywhere: readonly StackWish[] = [{ id: '*' }];
  const lists = buildpacks
    .filter(({ descriptor }) => descriptor.order === undefined)
    .map(({ stacks }) => stacks)
    .filter((stacks) => stacks.length > 0 && !stacks.some(({ id }) => id === '*'));
  const [first, ...others] = lists;
  if (first === undefined) return anywhere;
  const ids = new Set(first.map(({ id }) => id));
  const common = [...ids].filter((id) => others.every((list) => list.some((stack) => stack.id === id)));
  if (common.length > 0) return common.map((id) => withMixins(id, lists.flat()));
  throw new TsbuildpackError('BUILDPACK_INVALID', 'Cannot package buildpacks that share no stack', {
    detail: buildpacks
      .filter(({ stacks }) => stacks.length > 0)
      .map(
        ({ descriptor: { id, version }, stacks }) => `${id}@${version}: ${stacks.map((stack) => stack.id).join(', ')}`,
      )
      .join('\n'),
  });
}

function readConfig(
  directory: string,
  named: string | undefined,
): { readonly config: PackageConfig; readonly dir: string } {
  const file = named ?? join(directory, 'package.toml');
  const none: PackageConfig = { uri: '.', dependencies: [], targets: [], warnings: [] };
  if (named === undefined && !existsSync(file)) return { config: none, dir: directory };
  const action = 'Cannot read package configuration';
  const text = named === undefined ? readFileSync(file) : readInputFile(file, { action, hint: 'Check the path' });
  return { config: parsePackageConfig(text, file), dir: dirname(file) };
}

/** Those that say for which machine. */
function platformsOf(targets: PackageConfig['targets']): readonly Platform[] {
  return targets.flatMap(({ os, arch, variant }) =>
    os && arch ? [{ os, architecture: arch, ...(variant && { variant }) }] : [],
  );
}

function unique(platforms: readonly Platform[]): readonly Platform[] {
  return [...new Map(platforms.map((platform) => [formatPlatform(platform), platform])).values()];
}

function withMixins(id: string, stacks: readonly StackWish[]): StackWish {
  const mixins = new Set(stacks.filter((stack) => stack.id === id).flatMap((stack) => stack.mixins ?? []));
  return { id, ...(mixins.size > 0 && { mixins: [...mixins].toSorted() }) };
}
