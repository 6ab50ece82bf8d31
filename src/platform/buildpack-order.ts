import type { Buildpack } from '../buildpack/buildpack.ts';
import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import { sameBuildpackId } from '../cnb/buildpack-id.ts';
import type { ProjectBuildpack, ProjectDescriptor } from '../cnb/project-descriptor.ts';
import { TsbuildpackError } from '../errors.ts';
import type { OrderGroup } from '../lifecycle/create-request.ts';
import type { Builder } from './builder.ts';
import { noBuildpack, parseBuildpackLocator } from './buildpack-locator.ts';
import { fetchBuildpacks } from './buildpack-sources.ts';
import type { BuildpackTools } from './buildpack-tools.ts';
import { builtinBuildpacks } from './builtin-buildpacks.ts';

export interface OrderSources {
  /** `--buildpack`, in order: they replace the group of the descriptor (PRJ-10). */
  readonly flags: readonly string[];
  /** `--pre-buildpack` and `--post-buildpack`: they replace those of the descriptor. */
  readonly preFlags: readonly string[];
  readonly postFlags: readonly string[];
  readonly descriptor: ProjectDescriptor | undefined;
  /** What relative paths of flags are relative to. */
  readonly cwd: string;
  /** What relative URIs of the descriptor are relative to (PRJ-11). */
  readonly descriptorDir: string;
  readonly builder: Builder | undefined;
  readonly tools: BuildpackTools;
}

export interface Order {
  readonly order: readonly OrderGroup[];
  /** Buildpacks that composites refer to, by `id@version`. */
  readonly buildpacks: ReadonlyMap<string, Buildpack>;
  /** What buildpacks were resolved to that float. */
  readonly inputs: readonly ResolvedInput[];
}

type Entry = OrderGroup['entries'][number];

/** Groups that stand for one thing that the user named: mostly one group with one entry. */
type Alternatives = readonly (readonly Entry[])[];

/**
 * The order that is tried: the builder's or the built-in groups, unless flags or project.toml name buildpacks, which are one group, in
 * which `from=builtin` and `from=builder` are each of their groups in turn; `pre` and `post` of project.toml around each (PRJ-08), and
 * around these the system buildpacks of the builder (ORD-13).
 */
export async function chooseOrder(sources: OrderSources): Promise<Order> {
  const finder = new Finder(sources, await builtinBuildpacks());
  const named = await namedAlternatives(sources, finder);
  const groups = named === undefined ? await finder.usual() : combine(named);
  const { descriptor, preFlags, postFlags } = sources;
  const pre = combine(await around(preFlags, descriptor?.pre ?? [], finder));
  const post = combine(await around(postFlags, descriptor?.post ?? [], finder));
  const all = combine([pre, groups, post]);
  const order = await withSystem(all, sources.builder);
  return { order, buildpacks: await finder.known(order), inputs: finder.inputs };
}

/** The list that flags or project.toml give; undefined when neither says anything. */
async function namedAlternatives(
  { flags, descriptor }: OrderSources,
  finder: Finder,
): Promise<readonly Alternatives[] | undefined> {
  if (flags.length > 0) return await inTurn(flags, (text) => finder.flag(text));
  if (descriptor?.group === undefined) return undefined;
  return await inTurn(descriptor.group, (entry) => finder.projectEntry(entry));
}

async function around(
  flags: readonly string[],
  project: readonly ProjectBuildpack[],
  finder: Finder,
): Promise<readonly Alternatives[]> {
  if (flags.length > 0) return await inTurn(flags, (text) => finder.flag(text));
  return await inTurn(project, (entry) => finder.projectEntry(entry));
}

/** One after the other: messages and downloads in the order that the user wrote. */
async function inTurn<T, R>(list: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (const item of list) results.push(await work(item));
  return results;
}

/** Every way to take one alternative of each, the leftmost changing slowest. */
function combine(list: readonly Alternatives[]): Alternatives {
  return list.reduce<Alternatives>(
    (groups, alternatives) => groups.flatMap((group) => alternatives.map((more) => [...group, ...more])),
    [[]],
  );
}

async function withSystem(groups: Alternatives, builder: Builder | undefined): Promise<readonly OrderGroup[]> {
  const system = builder?.documents.system;
  const pre = (await builder?.entries(system?.pre ?? [])) ?? [];
  const post = (await builder?.entries(system?.post ?? [])) ?? [];
  return groups.map((group) => {
    const isNew = ({ buildpack }: Entry): boolean =>
      !group.some((entry) => sameBuildpackId(entry.buildpack.descriptor.id, buildpack.descriptor.id));
    return { entries: [...pre.filter(isNew), ...group, ...post.filter(isNew)] };
  });
}

class Finder {
  readonly inputs: ResolvedInput[] = [];
  readonly #sources: OrderSources;
  readonly #builtin: readonly Buildpack[];
  readonly #fetched: Buildpack[] = [];

  constructor(sources: OrderSources, builtin: readonly Buildpack[]) {
    this.#sources = sources;
    this.#builtin = builtin;
  }

  /** Where nobody names any. */
  async usual(): Promise<Alternatives> {
    return this.#sources.builder === undefined ? this.#fromBuiltin() : await this.#fromBuilder();
  }

  async flag(text: string): Promise<Alternatives> {
    return await this.#find(text, { dir: this.#sources.cwd, optional: false });
  }

  async projectEntry(entry: ProjectBuildpack): Promise<Alternatives> {
    const { id = '', version, uri, script, optional } = entry;
    const { descriptorDir: dir, tools } = this.#sources;
    if (script !== undefined) {
      const { scriptBuildpack } = await import('./buildpack-script.ts');
      const { main } = await scriptBuildpack({ id, version: version ?? '0.0.0', ...script }, tools);
      return [[{ buildpack: main.buildpack, optional }]];
    }
    return await this.#find(uri ?? (version === undefined ? id : `${id}@${version}`), { dir, optional });
  }

  /** What composites of the order may refer to. */
  async known(order: readonly OrderGroup[]): Promise<ReadonlyMap<string, Buildpack>> {
    const entries = order.flatMap((group) => group.entries.map(({ buildpack }) => buildpack));
    const named = [...this.#builtin, ...this.#fetched, ...entries];
    const fromBuilder = (await this.#sources.builder?.dependencies(named)) ?? [];
    // What the user names wins over a buildpack of that name in the builder.
    return new Map([...fromBuilder, ...named].map((buildpack) => [nameOf(buildpack), buildpack]));
  }

  #fromBuiltin(): Alternatives {
    return this.#builtin.map((buildpack) => [{ buildpack, optional: false }]);
  }

  async #fromBuilder(): Promise<Alternatives> {
    const builder = this.#builder('from=builder');
    return await inTurn(builder.documents.order, (group) => builder.entries(group));
  }

  #builder(text: string): Builder {
    const { builder } = this.#sources;
    if (builder !== undefined) return builder;
    throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot find buildpack "${text}": there is no builder`, {
      hint: 'Name one with --builder',
    });
  }

  async #find(
    text: string,
    { dir, optional }: { readonly dir: string; readonly optional: boolean },
  ): Promise<Alternatives> {
    const only = (buildpack: Buildpack): Alternatives => [[{ buildpack, optional }]];
    const known = this.#builtin.find((one) => text === one.descriptor.id || text === nameOf(one));
    if (known) return only(known);
    const locator = parseBuildpackLocator(text, dir);
    switch (locator.kind) {
      case 'from-builtin':
        return this.#fromBuiltin();
      case 'from-builder':
        return await this.#fromBuilder();
      case 'in-builder':
        return only((await this.#builder(text).find(locator.id, locator.version)).buildpack);
      case 'id':
        return only(await this.#byId(text, locator));
      default: {
        const { main, all, input } = await fetchBuildpacks(locator, text, this.#sources.tools);
        this.#fetched.push(...all.map(({ buildpack }) => buildpack));
        if (input !== undefined) this.inputs.push(input);
        return only(main.buildpack);
      }
    }
  }

  async #byId(text: string, { id, version }: { readonly id: string; readonly version?: string }): Promise<Buildpack> {
    const { builder } = this.#sources;
    if (builder !== undefined) return (await builder.find(id, version)).buildpack;
    throw noBuildpack(
      text,
      'there is no file or directory of that name, and no built-in one',
      this.#builtin.map(({ descriptor }) => descriptor.id),
    );
  }
}

function nameOf({ descriptor: { id, version } }: Buildpack): string {
  return `${id}@${version}`;
}
