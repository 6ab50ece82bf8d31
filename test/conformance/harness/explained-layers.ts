import { escapeBuildpackId } from '../../../src/cnb/buildpack-id.ts';
import { valueAt, type AnswerPair, type BuildAnswer, type LayerAnswer } from './answer.ts';
import type { Difference } from './compare-answers.ts';

const sumsOfSlices = [
  /^\d+\/image\/config\/config\/Labels\/io\.buildpacks\.lifecycle\.metadata\/app\/\d+\/sha$/,
  /^\d+\/documents\/analyzed\.toml\/metadata\/app\/\d+\/sha$/,
  /^\d+\/image\/config\/rootfs\/diff_ids$/,
];

/** A difference in the application's layers, which hold the same files in all. */
export function isOfAbsoluteSlices(difference: Difference, answers: AnswerPair): boolean {
  const { path } = difference;
  const build = Number.parseInt(path, 10);
  // What is known of the image before is of the build before.
  const index = path.includes('/analyzed.toml/') ? build - 1 : build;
  const [theirs = [], own = []] = [answers.reference[index], answers.ours[index]].map(applicationLayers);
  if (theirs.length === 0 || filesIn(theirs) !== filesIn(own)) return false;
  if (sumsOfSlices.some((place) => place.test(path))) {
    return areOf(difference.reference, theirs) && areOf(difference.ours, own);
  }
  const [, at = ''] = /^\d+\/image\/layers\/(\d+)\/(?:diffId|entries)$/.exec(path) ?? [];
  return at !== '' && own.some((layer) => layer === answers.ours[index]?.image?.layers[Number(at)]);
}

function areOf(value: unknown, layers: readonly LayerAnswer[]): boolean {
  return [value].flat().every((diffId) => layers.some((layer) => layer.diffId === diffId));
}

function applicationLayers(build: BuildAnswer | undefined): readonly LayerAnswer[] | undefined {
  return build?.image?.layers.filter((_, index) =>
    String(valueAt(build.image?.config, 'history', String(index), 'created_by')).startsWith('Application '),
  );
}

function filesIn(layers: readonly LayerAnswer[]): string {
  return [...new Set(layers.flatMap(({ entries }) => entries))].toSorted().join('\n');
}

/** A difference that comes of files that were restored with setuid and without: their modes, and the sums of the layers that hold them. */
export function isOfLostSetuid({ path, reference, ours }: Difference, answers: AnswerPair): boolean {
  const [, build = '', place = ''] = /^(\d+)\/(.+)$/.exec(path) ?? [];
  // Nothing is restored before the first build.
  if (build === '0') return false;
  const index = Number(build);
  const builds = { before: answers.ours[index - 1], theirs: answers.reference[index], own: answers.ours[index] };
  const rule = lostSetuidRules.find(([pattern]) => pattern.test(place));
  return rule?.[1]({ place, reference, ours }, builds) === true;
}

interface Builds {
  /** Of ours, the one before. */
  readonly before: BuildAnswer | undefined;
  readonly theirs: BuildAnswer | undefined;
  readonly own: BuildAnswer | undefined;
}

interface Placed extends Omit<Difference, 'path'> {
  /** The path inside one build. */
  readonly place: string;
}

const lostSetuidRules: readonly (readonly [RegExp, (difference: Placed, builds: Builds) => boolean])[] = [
  [/^programs\/build [^/]+\/restored$/, ({ reference, ours }) => isSetuidLost(reference, ours)],
  [/^image\/layers\/\d+\/entries$/, ({ reference, ours }) => isSetuidLost(reference, ours)],
  [
    /^image\/layers\/\d+\/diffId$/,
    ({ place }, { theirs, own }) => {
      const index = Number(place.split('/')[2]);
      return isSetuidLostIn(theirs?.image?.layers[index], own?.image?.layers[index]);
    },
  ],
  [/^image\/config\/rootfs\/diff_ids$/, ({ reference }, builds) => isOfSuchLayers(reference, builds)],
  [/^cache\/files$/, (difference, builds) => isOfSuchArchives(difference, builds)],
  [/\/buildpacks\/\d+\/layers\/.+\/sha$/, ({ place }, builds) => isOfSuchRecord(place, builds)],
];

function withSetuid(lines: readonly unknown[]): string {
  return lines.map((line) => String(line).replace(/^f 755 /, 'f 4755 ')).join('\n');
}

function isSetuidLost(reference: unknown, ours: unknown): boolean {
  if (!Array.isArray(reference) || !Array.isArray(ours)) return false;
  if (reference.length === 0) return false;
  return reference.every((line) => String(line).startsWith('f 755 ')) && withSetuid(reference) === ours.join('\n');
}

/** Whole lists of a layer's entries, of which some only differ. */
function isSetuidLostIn(theirs: LayerAnswer | undefined, own: LayerAnswer | undefined): boolean {
  if (theirs === undefined || own === undefined) return false;
  const [had, has] = [theirs.entries, own.entries];
  const changed = had.filter((line, index) => line !== has[index]);
  return (
    had.length === has.length &&
    isSetuidLost(
      changed,
      has.filter((line, index) => line !== had[index]),
    )
  );
}

function isOfSuchLayers(reference: unknown, { theirs, own }: Builds): boolean {
  if (!Array.isArray(reference)) return false;
  return reference.every((diffId) => {
    const index = theirs?.image?.layers.findIndex((layer) => layer.diffId === diffId) ?? -1;
    return isSetuidLostIn(theirs?.image?.layers[index], own?.image?.layers[index]);
  });
}

/** Archives of the cache are named by their sums, which its metadata has by layer. */
function isOfSuchArchives({ reference, ours }: Placed, { theirs, own }: Builds): boolean {
  if (!Array.isArray(reference) || !Array.isArray(ours) || reference.length !== ours.length) return false;
  return [[reference, theirs] as const, [ours, own] as const].every(([files, build]) =>
    files.every((file) =>
      cachedLayers(build).some(({ id, name, sha }) => file === `${sha}.tar` && hasRestoredSetuid(own, id, name)),
    ),
  );
}

/** The sum of a layer in a document: in analyzed.toml it is one of the build before. */
function isOfSuchRecord(place: string, { before, own }: Builds): boolean {
  const [, list = '', buildpack = '', name = ''] = /^(.+\/buildpacks)\/(\d+)\/layers\/(.+)\/sha$/.exec(place) ?? [];
  const id = String(valueAt(own, ...list.split('/'), buildpack, 'key'));
  return hasRestoredSetuid(own, id, name) || (list.includes('analyzed.toml') && hasRestoredSetuid(before, id, name));
}

function cachedLayers(build: BuildAnswer | undefined): readonly { id: string; name: string; sha: string }[] {
  const buildpacks = valueAt(build?.cache?.metadata, 'buildpacks');
  if (!Array.isArray(buildpacks)) return [];
  return buildpacks.flatMap((buildpack: unknown) =>
    Object.entries(valueAt(buildpack, 'layers') ?? {}).map(([name, layer]) => ({
      id: String(valueAt(buildpack, 'key')),
      name,
      sha: String(valueAt(layer, 'sha')),
    })),
  );
}

function hasRestoredSetuid(build: BuildAnswer | undefined, id: string, name: string): boolean {
  return Object.entries(build?.programs ?? {}).some(
    ([program, { restored = [] }]) =>
      program.startsWith(`build ${escapeBuildpackId(id)}@`) &&
      restored.some((line) => line.startsWith('f 4755 ') && line.includes(` ${name}/`)),
  );
}
