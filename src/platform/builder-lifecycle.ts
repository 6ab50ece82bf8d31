import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuilderConfig } from '../cnb/builder-config.ts';
import type { LifecycleFacts } from '../cnb/builder-metadata.ts';
import { parseLifecycleDescriptor } from '../cnb/lifecycle-descriptor.ts';
import { TsbuildpackError } from '../errors.ts';
import type { AppendedLayer } from '../image/edit-image.ts';
import { directoryEntries } from '../layer/directory-entries.ts';
import { symlinkEntry, type TarEntry, type TarEntryType } from '../layer/tar-entry.ts';
import { extractedArchive } from './buildpack-archive.ts';
import { layerOf } from './builder-layers.ts';
import { parseBuildpackLocator } from './buildpack-locator.ts';
import type { BuildpackTools, FoundBuildpack } from './buildpack-tools.ts';
import { downloadFile } from './download-file.ts';

export interface LifecycleParts {
  /** What `uri` is relative to. */
  readonly dir: string;
  readonly buildpacks: readonly FoundBuildpack[];
  readonly tools: BuildpackTools;
}

export interface BuilderLifecycle {
  readonly layer: AppendedLayer;
  readonly facts: LifecycleFacts;
}

/**
 * The user's own lifecycle for a builder, from an archive as its releases are; undefined without one, and says what that means.
 * Throws BUILDER_INVALID when it is none, or cannot run one of the buildpacks.
 */
export async function builderLifecycle(
  { lifecycle: { uri, version } }: BuilderConfig,
  { dir, buildpacks, tools }: LifecycleParts,
): Promise<BuilderLifecycle | undefined> {
  if (uri === undefined) {
    const asked = version === undefined ? '' : `Lifecycle ${version} is not downloaded: `;
    tools.surroundings.report({
      type: 'warning',
      message: `${asked}this builder has no lifecycle, so it is for tsbuildpack alone, and pack will refuse it`,
      hint: 'Name the archive of a lifecycle in builder.toml: [lifecycle] uri = "FILE or https://…"',
    });
    return undefined;
  }
  const extracted = await lifecycleFiles(uri, { dir, tools });
  const file = join(extracted, 'lifecycle.toml');
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw noLifecycle(uri, 'it has no lifecycle.toml');
  const programs = join(extracted, 'lifecycle');
  if (lstatSync(programs, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw noLifecycle(uri, 'it has no directory lifecycle/');
  }
  const facts = parseLifecycleDescriptor(readFileSync(file), `lifecycle.toml of ${uri}`);
  for (const buildpack of buildpacks) requireApi(buildpack, facts);
  const layer = await layerOf(lifecycleEntries(programs, tools), `Lifecycle ${facts.version}`, tools);
  return { layer, facts };
}

async function lifecycleFiles(uri: string, { dir, tools }: Pick<LifecycleParts, 'dir' | 'tools'>): Promise<string> {
  const locator = parseBuildpackLocator(uri, dir);
  if (locator.kind === 'path') return await extractedArchive(locator.path, tools);
  if (locator.kind !== 'url') throw noLifecycle(uri, 'there is no such file');
  const downloaded = await downloadFile(locator.url, tools.store, tools.surroundings);
  try {
    return await extractedArchive(downloaded.file, tools);
  } finally {
    await downloaded.remove();
  }
}

const root = { uid: 0, gid: 0 };

/** `/cnb/lifecycle`, and the link that platforms from before it look for (BLR-01). */
function* lifecycleEntries(programs: string, { surroundings: { report } }: BuildpackTools): Generator<TarEntry> {
  const mode = (bits: number, type: TarEntryType): number =>
    type === 'directory' || type === 'symlink' || (bits & 0o111) !== 0 ? 0o755 : 0o644;
  yield* directoryEntries(programs, '/cnb/lifecycle', { ...root, mode, report });
  yield symlinkEntry('/lifecycle', '/cnb/lifecycle', root);
}

/** As a platform that drives this lifecycle would refuse it. */
function requireApi({ buildpack: { descriptor } }: FoundBuildpack, { version, buildpackApis }: LifecycleFacts): void {
  const known = [...buildpackApis.supported, ...buildpackApis.deprecated];
  if (known.length === 0 || known.includes(descriptor.apiText)) return;
  throw new TsbuildpackError(
    'BUILDER_INVALID',
    `Cannot put buildpack "${descriptor.id}@${descriptor.version}" into a builder with lifecycle ${version}: it has API ${descriptor.apiText}, the lifecycle ${known.join(', ')}`,
    { hint: 'Take a lifecycle that implements it, or none: the builder is for tsbuildpack alone then' },
  );
}

function noLifecycle(uri: string, problem: string): TsbuildpackError {
  return new TsbuildpackError('BUILDER_INVALID', `Cannot use "${uri}" as a lifecycle: ${problem}`, {
    hint: 'Name an archive with lifecycle.toml and lifecycle/, as a release of the lifecycle is',
  });
}
