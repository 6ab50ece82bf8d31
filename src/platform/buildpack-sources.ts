import { existsSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { loadBuildpack } from '../buildpack/load-buildpack.ts';
import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import { formatPlace, type Place } from '../image/place.ts';
import { parseDigest } from '../oci/digest.ts';
import type { BuildpackLocator } from './buildpack-locator.ts';
import { targetDirectory } from './buildpack-target.ts';
import type { BuildpackTools, FoundBuildpacks } from './buildpack-tools.ts';

/** A locator that says where a buildpack is, as opposed to who has it. */
export type PlacedLocator = Extract<BuildpackLocator, { readonly kind: 'path' | 'url' | 'image' | 'npm' }>;

export function isPlaced(locator: BuildpackLocator): locator is PlacedLocator {
  return ['path', 'url', 'image', 'npm'].includes(locator.kind);
}

/**
 * Fetches what a locator names, once into the store, and loads it. `text` is what the user wrote.
 * Throws BUILDPACK_INVALID, BUILDPACK_API_UNSUPPORTED, ARCHIVE_INVALID and the errors of the place.
 */
export async function fetchBuildpacks(
  locator: PlacedLocator,
  text: string,
  tools: BuildpackTools,
): Promise<FoundBuildpacks> {
  switch (locator.kind) {
    case 'path':
      return await localBuildpacks(locator.path, text, tools);
    case 'image':
      return await imageBuildpacks(locator.place, text, tools);
    case 'npm': {
      const { npmBuildpack } = await import('./buildpack-npm.ts');
      return await npmBuildpack(locator.wish, tools);
    }
    case 'url':
      return await downloadedBuildpacks(locator.url, tools);
    default:
      return locator satisfies never;
  }
}

const moduleEndings = ['.ts', '.mts', '.js', '.mjs'];

async function localBuildpacks(path: string, text: string, tools: BuildpackTools): Promise<FoundBuildpacks> {
  const { report, signal } = tools.surroundings;
  const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isDirectory && existsSync(join(path, 'oci-layout'))) {
    return await imageBuildpacks({ kind: 'oci', directory: path }, text, tools);
  }
  if (isDirectory || moduleEndings.includes(extname(path))) {
    const own = await targetDirectory(path, tools.platform, tools.store);
    const main = { buildpack: await loadBuildpack(own, { report, signal }), dir: isDirectory ? own : dirname(path) };
    return { main, all: [main] };
  }
  const { archivedBuildpacks } = await import('./buildpack-archive.ts');
  return await archivedBuildpacks(path, { name: text, tools });
}

async function imageBuildpacks(place: Place, text: string, tools: BuildpackTools): Promise<FoundBuildpacks> {
  const { buildpackageBuildpacks, resolvePackage } = await import('./buildpack-image.ts');
  const name = `buildpack ${text}`;
  const settled = await tools.places.settle(place);
  const pinned = /@(?<digest>sha256:[0-9a-f]{64})$/.exec(tools.pinned?.get(name) ?? '')?.groups?.['digest'];
  const wanted =
    settled.kind === 'registry' && pinned !== undefined
      ? { ...settled, reference: { ...settled.reference, digest: parseDigest(pinned) } }
      : settled;
  const source = await tools.places.source(wanted);
  const image = await resolvePackage(source, tools.platform);
  const input: ResolvedInput = {
    name,
    value: `${withoutDigest(settled)}@${image.digest}`,
    reason: 'the image as it is now',
  };
  return { ...(await buildpackageBuildpacks(image, text, tools)), input };
}

function withoutDigest(place: Place): string {
  if (!('reference' in place)) return formatPlace(place);
  const { registry, repository } = place.reference;
  return `${registry}/${repository}`;
}

async function downloadedBuildpacks(url: URL, tools: BuildpackTools): Promise<FoundBuildpacks> {
  const { downloadFile } = await import('./download-file.ts');
  const { archivedBuildpacks } = await import('./buildpack-archive.ts');
  const { redactedUrl } = await import('../registry/http.ts');
  const text = redactedUrl(url);
  const downloaded = await downloadFile(url, tools.store, tools.surroundings);
  try {
    const input = {
      name: `buildpack ${text}`,
      value: `sha256:${downloaded.sha256}`,
      reason: 'what the address has now',
    };
    return { ...(await archivedBuildpacks(downloaded.file, { name: text, tools })), input };
  } finally {
    await downloaded.remove();
  }
}
