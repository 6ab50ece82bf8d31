import type { FoundBuildpack, BuildpackTools, FoundBuildpacks } from './buildpack-tools.ts';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import { fetchBuildpacks, isPlaced } from './buildpack-sources.ts';
import { noBuildpack, parseBuildpackLocator } from './buildpack-locator.ts';
import { builtinBuildpacks } from './builtin-buildpacks.ts';

/** What a buildpack is, with those that come with it. */
export interface BuildpackDescription {
  /** `id@version` of the one that the place is for. */
  readonly main: string;
  readonly buildpacks: readonly DescribedBuildpack[];
}

export interface DescribedBuildpack {
  readonly id: string;
  readonly version: string;
  readonly api: string;
  readonly kind: 'builtin' | 'directory' | 'module';
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly homepage?: string | undefined;
  readonly targets: BuildpackDescriptor['targets'];
  /** Of a composite: its groups, as `id@version`, with a question mark behind what is optional. */
  readonly order?: readonly (readonly string[])[];
}

/** `tsbuildpack buildpack inspect`: from anywhere a buildpack can come from. Throws as a build with it would. */
export async function describeBuildpack(text: string, tools: BuildpackTools): Promise<BuildpackDescription> {
  const builtin = (await builtinBuildpacks()).find(({ descriptor: { id, version } }) =>
    [id, `${id}@${version}`].includes(text),
  );
  if (builtin !== undefined)
    return descriptionOf({ main: { buildpack: builtin, dir: '' }, all: [{ buildpack: builtin, dir: '' }] });
  const locator = parseBuildpackLocator(text, tools.surroundings.cwd);
  if (isPlaced(locator)) return descriptionOf(await fetchBuildpacks(locator, text, tools));
  throw noBuildpack(text, 'there is no such file, and an ID alone says no place');
}

function descriptionOf({ main, all }: FoundBuildpacks): BuildpackDescription {
  const { id, version } = main.buildpack.descriptor;
  return { main: `${id}@${version}`, buildpacks: all.map(described) };
}

function described({ buildpack: { kind, descriptor } }: FoundBuildpack): DescribedBuildpack {
  const { id, version, apiText: api, name, description, homepage, targets, order } = descriptor;
  return {
    id,
    version,
    api,
    kind,
    name,
    description,
    homepage,
    targets,
    ...(order && {
      order: order.map((group) => group.map((entry) => `${entry.id}@${entry.version}${entry.optional ? '?' : ''}`)),
    }),
  };
}
