import type { BuildpackLayers } from './lifecycle-metadata.ts';
import { formatBuildpackLayers, parseBuildpackLayersList } from './lifecycle-metadata.ts';
import { asSlice, parseJson, writeJson } from './json.ts';

/** The label of a cache image, and the name of the file in a cache directory (CAC-01, CAC-07). */
export const cacheMetadataName = 'io.buildpacks.lifecycle.cache.metadata';

/** What a cache knows of its layers, as the reference writes it (CAC-02). */
export interface CacheMetadata {
  /** Diff ID of the layer with SBOM files; empty when there is none. */
  readonly sbom: { readonly sha: string };
  readonly buildpacks: readonly BuildpackLayers[];
}

export const emptyCacheMetadata: CacheMetadata = { sbom: { sha: '' }, buildpacks: [] };

/** What cannot be read counts as an empty cache (CAC-06). */
export function parseCacheMetadata(text: string | undefined): CacheMetadata {
  if (text === undefined) return emptyCacheMetadata;
  try {
    const value = parseJson(text);
    if (typeof value !== 'object' || value === null) return emptyCacheMetadata;
    const buildpacks = parseBuildpackLayersList(Reflect.get(value, 'buildpacks'));
    const sbom: unknown = Reflect.get(value, 'sbom');
    const sha: unknown = typeof sbom === 'object' && sbom !== null ? Reflect.get(sbom, 'sha') : '';
    return { sbom: { sha: typeof sha === 'string' ? sha : '' }, buildpacks: buildpacks ?? [] };
  } catch {
    return emptyCacheMetadata;
  }
}

export function formatCacheMetadata({ sbom, buildpacks }: CacheMetadata): string {
  return writeJson({ sbom: { sha: sbom.sha }, buildpacks: asSlice(buildpacks.map(formatBuildpackLayers)) });
}
