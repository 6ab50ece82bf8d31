import { existsSync, readdirSync } from 'node:fs';
import type { Buildpack } from '../buildpack/buildpack.ts';
import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import { escapeBuildpackId, parseBuildpackId } from '../cnb/buildpack-id.ts';
import { appliesIn, defaultExecEnv } from '../cnb/exec-env.ts';
import { buildpackLayersLabel, parseModuleLayers, type PackagedModule } from '../cnb/module-layers.ts';
import type { ModuleReference } from '../cnb/order-label.ts';
import { resolveInRoot } from '../environment/read-in-root.ts';
import { TsbuildpackError } from '../errors.ts';
import { inParallel } from '../fs/in-parallel.ts';
import type { Image } from '../image/image.ts';
import { formatPlace, parsePlace, type Place } from '../image/place.ts';
import { unpackedImage } from '../image/unpacked-image.ts';
import type { OrderGroup } from '../lifecycle/create-request.ts';
import { parseDigest } from '../oci/digest.ts';
import { builderDocuments, type BuilderDocuments } from './builder-documents.ts';
import { builderExtension } from './builder-extension.ts';
import { readBuilderFiles } from './builder-files.ts';
import { loadFetched, packagedBuildpacks } from './buildpack-image.ts';
import type { BuildpackTools, FoundBuildpack } from './buildpack-tools.ts';

type Entry = OrderGroup['entries'][number];

/** A builder image that was opened: its buildpacks are fetched when they are asked for. */
export interface Builder {
  /** For messages. */
  readonly name: string;
  /** Where it is, with its digest where the place can say one. */
  readonly place: string;
  readonly image: Image;
  readonly documents: BuilderDocuments;
  /** What its name was resolved to. */
  readonly input: ResolvedInput;
  /** One buildpack of it; without a version the only one there is. Throws BUILDER_INVALID. */
  find(id: string, version?: string): Promise<FoundBuildpack>;
  /** Entries of a group, without those for other execution environments. Throws BUILDER_INVALID for what is not there (ORD-08). */
  entries(references: readonly ModuleReference[]): Promise<readonly Entry[]>;
  /** The groups of image extensions, in the same way (ORD-11). */
  extensions(): Promise<readonly OrderGroup[]>;
  /** All that composites among these name, directly or through others, as far as the builder has it. */
  dependencies(buildpacks: readonly Buildpack[]): Promise<readonly Buildpack[]>;
}

/** Throws BUILDER_INVALID and the errors of the place. */
export async function openBuilder(text: string, tools: BuildpackTools): Promise<Builder> {
  const place = pinned(await tools.places.settle(parsePlace(text)), tools);
  const source = await tools.places.source(place);
  const image = await source.resolve(tools.platform);
  const documents = builderDocuments(image, await readBuilderFiles(image), text);
  return new OpenedBuilder({ name: text, place: placeOf(place, image), image, documents, tools });
}

const builderInput = 'builder';

/** `place` has a digest, or is one that can have none. */
function withoutDigest(place: string): string {
  return place.replace(/^docker:\/\//, '').replace(/@sha256:[0-9a-f]{64}$/, '');
}

/** The one that an earlier build used. */
function pinned(place: Place, { pinned: inputs }: BuildpackTools): Place {
  const digest = /@(?<digest>sha256:[0-9a-f]{64})$/.exec(inputs?.get(builderInput) ?? '')?.groups?.['digest'];
  if (digest === undefined || place.kind !== 'registry') return place;
  return { ...place, reference: { ...place.reference, digest: parseDigest(digest) } };
}

/** What the build runs in is to be this very image, also when somebody moves the tag meanwhile. */
function placeOf(place: Place, { digest }: Image): string {
  return formatPlace(place.kind === 'registry' ? { ...place, reference: { ...place.reference, digest } } : place);
}

interface BuilderParts extends Pick<Builder, 'name' | 'place' | 'image' | 'documents'> {
  readonly tools: BuildpackTools;
}

class OpenedBuilder implements Builder {
  readonly name: string;
  readonly place: string;
  readonly image: Image;
  readonly documents: BuilderDocuments;
  readonly input: ResolvedInput;
  readonly #tools: BuildpackTools;
  readonly #modules: readonly PackagedModule[];
  readonly #found = new Map<string, Promise<FoundBuildpack | undefined>>();

  constructor({ name, place, image, documents, tools }: BuilderParts) {
    this.name = name;
    this.place = place;
    this.image = image;
    this.documents = documents;
    this.input = {
      name: builderInput,
      value: `${withoutDigest(place)}@${image.digest}`,
      reason: `${name} as it is now`,
    };
    this.#tools = tools;
    this.#modules = parseModuleLayers(image.config.config?.Labels?.[buildpackLayersLabel]) ?? [];
  }

  async find(id: string, version?: string): Promise<FoundBuildpack> {
    const found = await this.#lookUp(id, version ?? (await this.#onlyVersion(id)));
    if (found !== undefined) return found;
    throw this.#missing(version === undefined ? id : `${id}@${version}`);
  }

  async entries(references: readonly ModuleReference[]): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    for (const { id, version, optional, execEnv } of references) {
      if (!appliesIn(execEnv, this.#tools.execEnv ?? defaultExecEnv)) continue;
      entries.push({ buildpack: (await this.find(id, version)).buildpack, optional });
    }
    return entries;
  }

  async extensions(): Promise<readonly OrderGroup[]> {
    const groups: OrderGroup[] = [];
    for (const group of this.documents.extensions) {
      const here = group.filter(({ execEnv }) => appliesIn(execEnv, this.#tools.execEnv ?? defaultExecEnv));
      const entries: Entry[] = [];
      // They are optional, whatever the order says (EXT-03).
      for (const reference of here) entries.push({ buildpack: await this.#extension(reference), optional: true });
      groups.push({ entries });
    }
    return groups;
  }

  #extension(reference: ModuleReference): Promise<Buildpack> {
    const { image, name } = this;
    return builderExtension(reference, { image, name, tools: this.#tools, root: () => this.#root() });
  }

  async dependencies(buildpacks: readonly Buildpack[]): Promise<readonly Buildpack[]> {
    const known = new Map<string, Buildpack>();
    let wave = buildpacks;
    while (wave.length > 0) {
      const names = wave.flatMap(({ descriptor }) => (descriptor.order ?? []).flat());
      const asked = new Map(names.map(({ id, version }) => [`${id}@${version}`, { id, version }]));
      const found: Buildpack[] = [];
      await inParallel(
        [...asked].filter(([name]) => !known.has(name)),
        async ([name, { id, version }]) => {
          const one = await this.#lookUp(id, version);
          if (one === undefined || known.has(name)) return;
          known.set(name, one.buildpack);
          found.push(one.buildpack);
        },
      );
      wave = found;
    }
    return [...known.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, buildpack]) => buildpack);
  }

  #lookUp(id: string, version: string): Promise<FoundBuildpack | undefined> {
    const name = `${id}@${version}`;
    const known = this.#found.get(name) ?? this.#load(id, version);
    this.#found.set(name, known);
    return known;
  }

  /** By the label that names its layer; what is in no such layer is looked for where a lifecycle would: in the file system. */
  async #load(id: string, version: string): Promise<FoundBuildpack | undefined> {
    const module = this.#modules.find((one) => one.id === id && one.version === version);
    const isLayered = module !== undefined && this.image.layers.some(({ diffId }) => diffId === module.layerDiffId);
    if (isLayered) return (await packagedBuildpacks(this.image, [module], { name: this.name, tools: this.#tools }))[0];
    const root = await this.#root();
    const dir = resolveInRoot(root, `/cnb/buildpacks/${escapeBuildpackId(parseBuildpackId(id))}/${version}`);
    if (dir === undefined || !existsSync(dir)) return undefined;
    return { buildpack: await loadFetched(dir, { fetchedInto: root, id, version, tools: this.#tools }), dir };
  }

  async #onlyVersion(id: string): Promise<string> {
    const labelled = this.#modules.filter((one) => one.id === id).map(({ version }) => version);
    const versions = labelled.length > 0 ? labelled : await this.#versionsInRoot(id);
    const [only, ...others] = versions;
    if (only === undefined) throw this.#missing(id);
    if (others.length === 0) return only;
    throw new TsbuildpackError(
      'BUILDER_INVALID',
      `Cannot choose a version of buildpack "${id}": builder "${this.name}" has ${versions.join(', ')}`,
      { hint: `Write ${id}@VERSION` },
    );
  }

  async #versionsInRoot(id: string): Promise<readonly string[]> {
    const dir = resolveInRoot(await this.#root(), `/cnb/buildpacks/${escapeBuildpackId(parseBuildpackId(id))}`);
    return dir !== undefined && existsSync(dir) ? readdirSync(dir).toSorted() : [];
  }

  #root(): Promise<string> {
    const { store, surroundings } = this.#tools;
    return unpackedImage(this.image, store, { report: surroundings.report, signal: surroundings.signal });
  }

  #missing(name: string): TsbuildpackError {
    const ids = [...new Set(this.#modules.map(({ id, version }) => `${id}@${version}`))];
    return new TsbuildpackError('BUILDER_INVALID', `Cannot find buildpack "${name}" in builder "${this.name}"`, {
      ...(ids.length > 0 && { detail: `There is: ${ids.slice(0, 50).join(', ')}` }),
      hint: '`tsbuildpack builder inspect` shows what a builder has',
    });
  }
}
