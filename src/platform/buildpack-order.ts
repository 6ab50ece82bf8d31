import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Buildpack } from '../buildpack/buildpack.ts';
import { loadBuildpack } from '../buildpack/load-buildpack.ts';
import type { ProjectBuildpack, ProjectDescriptor } from '../cnb/project-descriptor.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import type { OrderGroup } from '../lifecycle/create-request.ts';
import { builtinBuildpacks } from './builtin-buildpacks.ts';

export interface OrderSources {
  /** `--buildpack`, in order: they replace the group of the descriptor (PRJ-10). */
  readonly flags: readonly string[];
  readonly descriptor: ProjectDescriptor | undefined;
  /** What relative paths of flags are relative to. */
  readonly cwd: string;
  /** What relative URIs of the descriptor are relative to (PRJ-11). */
  readonly descriptorDir: string;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

export interface Order {
  readonly order: readonly OrderGroup[];
  /** Buildpacks that composites refer to, by `id@version`. */
  readonly buildpacks: ReadonlyMap<string, Buildpack>;
}

type Entry = OrderGroup['entries'][number];

/** Stands for the built-in buildpacks in a list of others. */
const fromBuiltin = 'from=builtin';

/**
 * The order that is tried: the built-in groups unless flags or project.toml name buildpacks, which are one group, in which
 * `from=builtin` is each built-in group in turn; `pre` and `post` of project.toml around each (PRJ-08).
 */
export async function chooseOrder(sources: OrderSources): Promise<Order> {
  const { descriptor, descriptorDir, report, signal } = sources;
  const builtin = await builtinBuildpacks();
  const named = await namedEntries(sources, builtin);
  const groups = named === undefined ? builtin.map(asGroup) : expand(named, builtin);
  const pre = await projectEntries(descriptor?.pre ?? [], { dir: descriptorDir, builtin, report, signal });
  const post = await projectEntries(descriptor?.post ?? [], { dir: descriptorDir, builtin, report, signal });
  const order = groups.map(({ entries }) => ({ entries: [...pre, ...entries, ...post] }));
  const all = [...builtin, ...order.flatMap(({ entries }) => entries.map(({ buildpack }) => buildpack))];
  return { order, buildpacks: new Map(all.map((buildpack) => [nameOf(buildpack), buildpack])) };
}

function nameOf({ descriptor: { id, version } }: Buildpack): string {
  return `${id}@${version}`;
}

function asGroup(buildpack: Buildpack): OrderGroup {
  return { entries: [{ buildpack, optional: false }] };
}

/** The list that flags or project.toml give; undefined when neither says anything. */
async function namedEntries(
  { flags, descriptor, cwd, descriptorDir, report, signal }: OrderSources,
  builtin: readonly Buildpack[],
): Promise<readonly (Entry | typeof fromBuiltin)[] | undefined> {
  if (flags.length > 0) {
    return await Promise.all(
      flags.map(async (text) =>
        text === fromBuiltin
          ? fromBuiltin
          : { buildpack: await find(text, { dir: cwd, builtin, report, signal }), optional: false },
      ),
    );
  }
  if (descriptor?.group === undefined) return undefined;
  return await Promise.all(
    descriptor.group.map(async (entry) =>
      entry.uri === fromBuiltin
        ? fromBuiltin
        : await projectEntry(entry, { dir: descriptorDir, builtin, report, signal }),
    ),
  );
}

function expand(named: readonly (Entry | typeof fromBuiltin)[], builtin: readonly Buildpack[]): readonly OrderGroup[] {
  const place = named.indexOf(fromBuiltin);
  const entries = named.filter((entry) => entry !== fromBuiltin);
  if (place < 0) return [{ entries }];
  return builtin.map((buildpack) => ({
    entries: [...entries.slice(0, place), { buildpack, optional: false }, ...entries.slice(place)],
  }));
}

interface FindOptions extends Pick<OrderSources, 'report' | 'signal'> {
  readonly dir: string;
  readonly builtin: readonly Buildpack[];
}

async function projectEntries(list: readonly ProjectBuildpack[], options: FindOptions): Promise<readonly Entry[]> {
  return await Promise.all(list.map((entry) => projectEntry(entry, options)));
}

async function projectEntry({ id, version, uri, optional }: ProjectBuildpack, options: FindOptions): Promise<Entry> {
  const text = uri ?? (version === undefined ? (id ?? '') : `${id ?? ''}@${version}`);
  return { buildpack: await find(text, options), optional };
}

/** A directory or module, or the ID of a built-in buildpack, with or without its version. */
async function find(text: string, { dir, builtin, report, signal }: FindOptions): Promise<Buildpack> {
  const path = isAbsolute(text) ? text : resolve(dir, text);
  const known = builtin.find((buildpack) => text === buildpack.descriptor.id || text === nameOf(buildpack));
  if (known) return known;
  if (existsSync(path)) return await loadBuildpack(path, { report, ...(signal && { signal }) });
  const ids = builtin.map(({ descriptor }) => descriptor.id).join(', ');
  throw new TsbuildpackError(
    'BUILDPACK_INVALID',
    `Cannot find buildpack "${text}": there is no file or directory "${path}"`,
    {
      hint: `Name a directory with buildpack.toml, a module with defineBuildpack, one of ${ids}, or ${fromBuiltin} for these`,
    },
  );
}
