import { sameBuildpackId } from '../cnb/buildpack-id.ts';
import { appliesIn } from '../cnb/exec-env.ts';
import type { Buildpack } from '../buildpack/buildpack.ts';
import { TsbuildpackError } from '../errors.ts';
import type { OrderGroup } from './create-request.ts';

/** A group without composites that may turn out to be the one. */
export type CandidateGroup = readonly Candidate[];

export interface Candidate {
  readonly buildpack: Buildpack;
  readonly optional: boolean;
}

/** What became of a group; `error` when a buildpack of it had one. */
export type Verdict<T> = { readonly found: T } | 'fail' | 'error';

export interface ResolveOrderOptions<T> {
  /** Groups of image extensions, in front of every group and always optional. */
  readonly extensions?: readonly OrderGroup[];
  /** By `id@version`. */
  readonly buildpacks: ReadonlyMap<string, Buildpack>;
  /** Undefined: entries for all of them count. */
  readonly execEnv: string | undefined;
  /** Whether an entry counts at all; one that does not is passed over as if it were not in the group. */
  readonly accept: (candidate: Candidate) => boolean;
  readonly tryGroup: (group: CandidateGroup) => Promise<Verdict<T>>;
}

interface Entry extends Candidate {
  /** The composites that it came out of, to find those that contain themselves. */
  readonly within: readonly Buildpack[];
}

/**
 * Tries the groups of an order until one is found — https://github.com/buildpacks/spec/blob/main/buildpack.md#order-resolution.
 * A composite stands for each of its groups in turn, the leftmost changing slowest, an optional one for its absence as well (ORD-02 to
 * ORD-04); a second buildpack of the same id is passed over (ORD-05).
 * Throws ORDER_INVALID when a composite names a buildpack that is not there, or contains itself.
 */
export async function resolveOrder<T>(
  order: readonly OrderGroup[],
  options: ResolveOrderOptions<T>,
): Promise<Verdict<T>> {
  const { extensions = [] } = options;
  if (extensions.length === 0) return tryOrder(entriesOf(order), { done: [], next: [], optional: false }, options);
  let verdict: Verdict<T> = 'fail';
  for (const next of entriesOf(order)) {
    const result = await tryOrder(entriesOf(extensions), { done: [], next, optional: true }, options);
    if (typeof result === 'object') return result;
    if (result === 'error') verdict = result;
  }
  return verdict;
}

function entriesOf(order: readonly OrderGroup[]): readonly (readonly Entry[])[] {
  return order.map(({ entries }) => entries.map((entry) => ({ ...entry, within: [] })));
}

interface Surroundings {
  readonly done: readonly Entry[];
  readonly next: readonly Entry[];
  readonly optional: boolean;
}

async function tryOrder<T>(
  groups: readonly (readonly Entry[])[],
  { done, next, optional }: Surroundings,
  options: ResolveOrderOptions<T>,
): Promise<Verdict<T>> {
  let verdict: Verdict<T> = 'fail';
  for (const group of groups) {
    const result: Verdict<T> = await tryEntries([...group, ...next], done, options);
    if (typeof result === 'object') return result;
    if (result === 'error') verdict = result;
  }
  // What the composite's own groups came to does not matter when it may be left out.
  return optional ? tryEntries(next, done, options) : verdict;
}

async function tryEntries<T>(
  entries: readonly Entry[],
  before: readonly Entry[],
  options: ResolveOrderOptions<T>,
): Promise<Verdict<T>> {
  let done = before;
  for (const [index, entry] of entries.entries()) {
    const { order } = entry.buildpack.descriptor;
    if (done.some(({ buildpack }) => isSame(buildpack, entry.buildpack))) continue;
    if (order !== undefined) {
      const surroundings = { done, next: entries.slice(index + 1), optional: entry.optional };
      return tryOrder(groupsOf(entry, options), surroundings, options);
    }
    if (options.accept(entry)) done = [...done, entry];
  }
  return options.tryGroup(done.map(({ buildpack, optional }) => ({ buildpack, optional })));
}

/** A buildpack and an extension may have the same id. */
function isSame(one: Buildpack, other: Buildpack): boolean {
  return one.isExtension === other.isExtension && sameBuildpackId(one.descriptor.id, other.descriptor.id);
}

function groupsOf(entry: Entry, { buildpacks, execEnv }: ResolveOrderOptions<unknown>): readonly (readonly Entry[])[] {
  const { buildpack } = entry;
  const name = nameOf(buildpack);
  if (entry.within.includes(buildpack)) {
    const path = [...entry.within.map(nameOf), name].join(' → ');
    throw new TsbuildpackError(
      'ORDER_INVALID',
      `Cannot resolve the order: buildpack "${name}" contains itself (${path})`,
    );
  }
  const within = [...entry.within, buildpack];
  return (buildpack.descriptor.order ?? []).map((group) =>
    group
      .filter((inner) => execEnv === undefined || appliesIn(inner.execEnv, execEnv))
      .map(({ id, version, optional }) => {
        const found = buildpacks.get(`${id}@${version}`);
        if (found !== undefined) return { buildpack: found, optional, within };
        throw new TsbuildpackError(
          'ORDER_INVALID',
          `Cannot resolve the order: buildpack "${name}" needs "${id}@${version}", which is not there`,
          { hint: 'Give it with another --buildpack' },
        );
      }),
  );
}

function nameOf({ descriptor }: Buildpack): string {
  return `${descriptor.id}@${descriptor.version}`;
}
