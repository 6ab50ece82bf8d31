import type { BuildpackDescriptor } from './buildpack-descriptor.ts';
import { writeJson } from './json.ts';
import { asObject, listAt, parseJsonObject, textAt, textsAt, type JsonObject } from './json-document.ts';
import { moduleInfo } from './module-info.ts';
import type { RunImageNames } from './run-toml.ts';

/** What a builder says of itself (BLR-03). Not in the specification. */
export const builderMetadataLabel = 'io.buildpacks.builder.metadata';

export interface BuilderMetadata {
  readonly description?: string;
  readonly buildpacks: readonly ModuleName[];
  readonly extensions: readonly ModuleName[];
  /** The first is the default. */
  readonly runImages: readonly RunImageNames[];
  readonly lifecycle?: LifecycleFacts;
  readonly createdBy?: { readonly name: string; readonly version?: string };
}

export interface ModuleName {
  readonly id: string;
  readonly version: string;
  readonly name?: string;
  readonly homepage?: string;
}

/** Versions of a lifecycle and of the APIs that it speaks. */
export interface LifecycleFacts {
  readonly version: string;
  readonly buildpackApis: ApiVersions;
  readonly platformApis: ApiVersions;
}

export interface ApiVersions {
  readonly deprecated: readonly string[];
  readonly supported: readonly string[];
}

/** Undefined when the label is not there or is no object. Of what it lacks nothing is made up. */
export function parseBuilderMetadata(text: string | undefined): BuilderMetadata | undefined {
  const label = parseJsonObject(text);
  if (label === undefined) return undefined;
  const description = textAt(label, 'description');
  const createdBy = createdByFrom(asObject(label['createdBy']));
  const lifecycle = lifecycleFrom(asObject(label['lifecycle']));
  return {
    ...(description !== undefined && { description }),
    buildpacks: modulesFrom(listAt(label, 'buildpacks')),
    extensions: modulesFrom(listAt(label, 'extensions')),
    runImages: runImagesFrom(label),
    ...(lifecycle && { lifecycle }),
    ...(createdBy && { createdBy }),
  };
}

function modulesFrom(list: readonly unknown[]): readonly ModuleName[] {
  return list.map(asObject).flatMap((entry) => {
    const [id, version] = [textAt(entry, 'id'), textAt(entry, 'version')];
    if (id === undefined || version === undefined) return [];
    const [name, homepage] = [textAt(entry, 'name'), textAt(entry, 'homepage')];
    return [{ id, version, ...(name !== undefined && { name }), ...(homepage !== undefined && { homepage }) }];
  });
}

/** `images` since there are several, before that the one of `stack`. */
function runImagesFrom(label: JsonObject): readonly RunImageNames[] {
  const images = listAt(label, 'images').map(asObject);
  const all = images.length > 0 ? images : [asObject(asObject(label['stack'])['runImage'])];
  return all.flatMap((entry) => {
    const image = textAt(entry, 'image');
    return image === undefined ? [] : [{ image, mirrors: textsAt(entry, 'mirrors') }];
  });
}

function createdByFrom(value: JsonObject): BuilderMetadata['createdBy'] {
  const [name, version] = [textAt(value, 'name'), textAt(value, 'version')];
  return name === undefined ? undefined : { name, ...(version !== undefined && { version }) };
}

function lifecycleFrom(value: JsonObject): LifecycleFacts | undefined {
  const version = textAt(value, 'version');
  if (version === undefined) return undefined;
  const [apis, api] = [asObject(value['apis']), asObject(value['api'])];
  const of = (kind: string): ApiVersions => {
    const found = asObject(apis[kind]);
    const supported = textsAt(found, 'supported');
    // Before there were lists there was one version of each (BLR-08).
    const only = textAt(api, kind);
    return {
      deprecated: textsAt(found, 'deprecated'),
      supported: supported.length === 0 && only !== undefined ? [only] : supported,
    };
  };
  return { version, buildpackApis: of('buildpack'), platformApis: of('platform') };
}

export interface NewBuilderMetadata {
  readonly description: string;
  readonly buildpacks: readonly BuildpackDescriptor[];
  readonly runImages: readonly RunImageNames[];
  readonly lifecycle: LifecycleFacts | undefined;
  readonly createdBy: { readonly name: string; readonly version: string };
}

/** Keys and their order as pack has them; `stack` is what tools from before several run images read. */
export function formatBuilderMetadata(metadata: NewBuilderMetadata): string {
  const { description, buildpacks, runImages, lifecycle, createdBy } = metadata;
  const [first = { image: '', mirrors: [] }] = runImages;
  return writeJson({
    description,
    buildpacks: buildpacks.map(moduleInfo),
    extensions: null,
    stack: { runImage: runImageJson(first) },
    lifecycle: lifecycle && lifecycleJson(lifecycle),
    createdBy,
    images: runImages.map(runImageJson),
  });
}

function runImageJson({ image, mirrors }: RunImageNames): object {
  return { image, mirrors };
}

function lifecycleJson({ version, buildpackApis, platformApis }: LifecycleFacts): object {
  return {
    version,
    api: { buildpack: earliest(buildpackApis), platform: earliest(platformApis) },
    apis: { buildpack: versionsJson(buildpackApis), platform: versionsJson(platformApis) },
  };
}

function versionsJson({ deprecated, supported }: ApiVersions): object {
  return { deprecated, supported };
}

/** What stands in the place of the lists for those who do not know them (BLR-08). */
function earliest({ deprecated, supported }: ApiVersions): string | undefined {
  return [...deprecated, ...supported].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))[0];
}
