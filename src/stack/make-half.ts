import { createHash } from 'node:crypto';
import { TsbuildpackError } from '../errors.ts';
import type { DebianPackage } from '../debian/debian-package.ts';
import type { Distribution, PackageSource } from '../debian/distribution.ts';
import { findPackageSources, type FoundPackageSources } from '../debian/find-package-sources.ts';
import type { Image } from '../image/image.ts';
import type { Layer } from '../layer/layer.ts';
import { formatPlatform } from '../oci/platform.ts';
import { installPackages } from './install-packages.ts';
import { findPackages } from './find-packages.ts';
import { knownLayer, layerKey, makeStackLayer, stackImage, type PartPackages } from './stack-image.ts';
import type { StackHalf } from './stack-half.ts';
import { recallPackages, rememberedMs, rememberPackages, type RememberedPackages } from './stack-memory.ts';
import type { StackOptions } from './stack-options.ts';

/** A half that was put together here. */
export interface MadeHalf extends RememberedPackages {
  readonly result: 'made';
  readonly image: Image;
}

/** There is nowhere to take packages from. */
export interface NoPackages {
  readonly result: 'none';
  /** A clause: `this machine's package sources have no Debian trixie`. */
  readonly reason: string;
}

/**
 * The image of a half from packages and files. Which packages that are is found out once a day. Throws STACK_UNFIT, PACKAGES_UNTRUSTED,
 * MIRROR_OUT_OF_SYNC, and NETWORK_UNAVAILABLE when `--debian-mirror` cannot be reached.
 */
export async function makeHalf(half: StackHalf, options: StackOptions): Promise<MadeHalf | NoPackages> {
  if (half.distribution === undefined) return await withoutPackages(half, options);
  const found = sourcesOf(half.distribution, options);
  return found.result === 'none' ? found : await fromSources(half, found, options);
}

/** Where packages of a distribution are to be had. */
export function sourcesOf(distribution: Distribution, { ways }: Pick<StackOptions, 'ways'>): FoundPackageSources {
  return findPackageSources(distribution, { setting: ways.debianMirror, aptDir: ways.aptDir });
}

/** The image that an earlier build of this machine stood on, by its digest, while its layers are still there. */
export async function madeBefore(
  half: StackHalf,
  digest: string,
  options: StackOptions,
): Promise<MadeHalf | undefined> {
  const known = await recallPackages(imageMemory(digest), options.store);
  const image = known && (await fromMemory(half, known.packages, options));
  return known && image?.digest === digest ? { ...known, result: 'made', image } : undefined;
}

/** What was last found for a half, however long ago. */
export async function lastFound(
  half: StackHalf,
  sources: readonly PackageSource[],
  { store, platform }: Pick<StackOptions, 'store' | 'platform'>,
): Promise<RememberedPackages | undefined> {
  return await recallPackages(halfMemory(half, sources, platform), store);
}

interface FoundSources {
  readonly sources: readonly PackageSource[];
  readonly reason: string;
}

async function fromSources(
  half: StackHalf,
  found: FoundSources,
  options: StackOptions,
): Promise<MadeHalf | NoPackages> {
  const { now, report, refresh = false, ways } = options;
  const known = await lastFound(half, found.sources, options);
  const isFresh = known !== undefined && now().getTime() - known.at.getTime() < rememberedMs;
  const before = async (): Promise<MadeHalf | undefined> => {
    const image = known && (await fromMemory(half, known.packages, options));
    return known && image && { ...known, result: 'made', image };
  };
  const remembered = isFresh && !refresh ? await before() : undefined;
  if (remembered !== undefined) return remembered;
  try {
    return await fromArchive(half, found, options);
  } catch (error) {
    if (!isUnreachable(error) || refresh) throw error;
    const old = await before();
    if (old !== undefined) {
      const message = `Cannot look for newer packages of stack "${half.stack.name}": taking those of ${old.at.toISOString()}`;
      report({ type: 'warning', message, hint: error.message });
      return old;
    }
    // Who names a mirror wants that one, and one that is being updated will be there in a few minutes.
    if (ways.debianMirror !== undefined || error.code === 'MIRROR_OUT_OF_SYNC') throw error;
    return { result: 'none', reason: error.message };
  }
}

async function fromArchive(
  half: StackHalf,
  { sources, reason }: FoundSources,
  options: StackOptions,
): Promise<MadeHalf> {
  const { store, report, now, platform } = options;
  report({ type: 'info', message: `Looking for the packages of stack ${half.stack.name}: ${reason}` });
  const { archive, packages, open } = await findPackages(half, sources, options);
  const facts = packageFacts(packages);
  const layers = await installPackages(half, { packages, facts, open }, options);
  const image = stackImage(half, { layers, packages: facts, platform });
  const snapshot = archive.snapshot.map(({ date, ...suite }) => ({ ...suite, date: date.toISOString() }));
  const remembered = { at: now(), packages: facts, snapshot, reason };
  await rememberPackages(halfMemory(half, sources, platform), remembered, store);
  await rememberPackages(imageMemory(image.digest), remembered, store);
  return { ...remembered, result: 'made', image };
}

/** What is remembered of packages. */
export function packageFacts(packages: readonly (readonly DebianPackage[])[]): PartPackages {
  return packages.map((part) =>
    part.map(({ name, version, architecture, source, sha256, suite }) => ({
      name,
      version,
      architecture,
      ...(source !== undefined && { source }),
      sha256,
      suite,
    })),
  );
}

/** From layers that are still in the store; undefined when one that packages are needed for is gone. */
async function fromMemory(half: StackHalf, packages: PartPackages, options: StackOptions): Promise<Image | undefined> {
  if (packages.length !== half.parts.length) return undefined;
  const layers: Layer[] = [];
  for (const [index, part] of half.parts.entries()) {
    const key = layerKey(half, index, packages);
    const known = await knownLayer(key, options.store);
    if (known === undefined && part.document.packages.length > 0) return undefined;
    layers.push(known ?? (await makeStackLayer({ key, half, index }, options)));
  }
  return stackImage(half, { layers, packages, platform: options.platform });
}

async function withoutPackages(half: StackHalf, options: StackOptions): Promise<MadeHalf> {
  const packages = half.parts.map(() => []);
  const image = await fromMemory(half, packages, options);
  if (image === undefined)
    throw new TsbuildpackError('INTERNAL', `Cannot make stack "${half.stack.name}" without packages`);
  const { name, document } = half.stack;
  return {
    result: 'made',
    image,
    at: options.now(),
    packages,
    snapshot: [],
    reason: `stack ${name}: ${document.description}`,
  };
}

const passing: ReadonlySet<string> = new Set(['NETWORK_UNAVAILABLE', 'PACKAGES_UNAVAILABLE', 'MIRROR_OUT_OF_SYNC']);

function isUnreachable(error: unknown): error is TsbuildpackError {
  return error instanceof TsbuildpackError && passing.has(error.code);
}

/** Addresses may hold passwords, which a hash does not show. */
function halfMemory(half: StackHalf, sources: readonly PackageSource[], platform: StackOptions['platform']): string {
  const from = createHash('sha256').update(JSON.stringify(sources)).digest('hex');
  return `stack packages ${half.stack.digest} ${half.name} ${formatPlatform(platform)} ${from}`;
}

function imageMemory(digest: string): string {
  return `stack image ${digest}`;
}
