import { TsbuildpackError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import { editImage } from '../image/edit-image.ts';
import { parsePlace, type Place } from '../image/place.ts';
import { formatReference, parseReference } from '../registry/reference.ts';
import { halfPlace } from './half-place.ts';
import { madeBefore, makeHalf, type MadeHalf } from './make-half.ts';
import { placedImage } from './placed-image.ts';
import { stackId, type StackHalf } from './stack-half.ts';
import type { StackOptions } from './stack-options.ts';

/** The image of a half, wherever it came from. */
export interface ResolvedHalf {
  readonly image: Image;
  /** For labels: the name under which a rebase finds it. */
  readonly name: string;
  /** For labels: the name with its digest. */
  readonly reference: string;
  /** For the resolved input. */
  readonly value: string;
  readonly reason: string;
  /** When it was made here. */
  readonly made?: MadeHalf;
  /** It is another image, which stands in for the stack or which the stack names. */
  readonly isOther: boolean;
}

/** In labels: no registry can have it, and a rebase knows by it that the stack is one of ours. */
const localRepository = 'localhost/tsbuildpack/stack';

/**
 * The first way that applies: packages from the mirror that was named or from this machine's package sources, an image that `stack build`
 * made, the public image that the stack names. Throws PACKAGES_UNAVAILABLE with all ways as commands, RUN_IMAGE_NOT_FOUND when another
 * image is pinned.
 */
export async function resolveHalf(half: StackHalf, options: StackOptions): Promise<ResolvedHalf> {
  if (half.kind === 'image') return await ofOthers(half, half.image ?? '', options);
  const pinnedStack = ownPinned(half, options.pinned);
  if (pinnedStack === undefined && options.pinned !== undefined) return await pinnedOther(half, options);
  const failures: string[] = [];
  const made = await makeOrRecall(half, pinnedStack, options);
  if (made.result === 'made') return ofStack(half, made.image, { reason: made.reason, made, pinned: pinnedStack });
  failures.push(made.reason);
  return (await prebuilt(half, { pinnedStack, failures }, options)) ?? (await publicImage(half, failures, options));
}

/** The same, of the packages that there are now, and of nothing that stands in for them. */
export async function resolveFresh(half: StackHalf, options: StackOptions): Promise<ResolvedHalf> {
  if (half.kind === 'image') return await ofOthers(half, half.image ?? '', { ...options, refresh: true });
  const made = await makeHalf(half, { ...options, refresh: true });
  if (made.result === 'none') throw noWay(half, [made.reason]);
  return ofStack(half, made.image, { reason: made.reason, made, pinned: undefined });
}

async function makeOrRecall(
  half: StackHalf,
  pinned: string | undefined,
  options: StackOptions,
): ReturnType<typeof makeHalf> {
  const before = pinned === undefined ? undefined : await madeBefore(half, pinned, options);
  return before ?? (await makeHalf(half, options));
}

/** The digest, when what is pinned is this half as we make it. */
function ownPinned({ stack, name }: StackHalf, pinned: string | undefined): string | undefined {
  const prefix = `${inputName(stack.name, name)}@`;
  return pinned?.startsWith(prefix) ? pinned.slice(prefix.length) : undefined;
}

function inputName(stack: string, half: StackHalf['name']): string {
  return half === 'run' ? `stack:${stack}` : `stack:${stack} (build)`;
}

interface OfStack {
  readonly reason: string;
  readonly made?: MadeHalf;
  readonly pinned: string | undefined;
}

function ofStack(half: StackHalf, image: Image, { reason, made, pinned }: OfStack): ResolvedHalf {
  const { stack, name, publishedAs } = half;
  const value = `${inputName(stack.name, name)}@${image.digest}`;
  if (pinned !== undefined && pinned !== image.digest) {
    throw new TsbuildpackError(
      'RUN_IMAGE_NOT_FOUND',
      `Cannot use ${name} image ${inputName(stack.name, name)}@${pinned}: stack "${stack.name}" is ${value} here`,
      { hint: 'Build with the version of tsbuildpack and the packages that made it, or without the pinned inputs' },
    );
  }
  const published = publishedAs === undefined ? undefined : parseReference(publishedAs);
  const label =
    published === undefined
      ? `${localRepository}:${stack.name}${name === 'build' ? '-build' : ''}`
      : formatReference(published);
  const repository = published === undefined ? localRepository : `${published.registry}/${published.repository}`;
  const reference = `${repository}@${image.digest}`;
  return { image, name: label, reference, value, reason, ...(made && { made }), isOther: false };
}

interface Attempt {
  readonly pinnedStack: string | undefined;
  readonly failures: string[];
}

/** What `tsbuildpack stack build --output` wrote: the same stack, so it has the stack's name unless it has one in a registry. */
async function prebuilt(
  half: StackHalf,
  { pinnedStack, failures }: Attempt,
  options: StackOptions,
): Promise<ResolvedHalf | undefined> {
  const { stack, name } = half;
  const text = options.ways.stackImages?.[stack.name];
  if (text === undefined) {
    failures.push(`the settings name no image of stack "${stack.name}"`);
    return undefined;
  }
  const place = halfPlace(parsePlace(text), name, options.platform);
  const found = await placedImage(place, { ...options, role: name, pinned: undefined });
  const id = found.image.config.config?.Labels?.['io.buildpacks.stack.id'];
  if (id !== stackId(stack)) {
    throw new TsbuildpackError(
      'STACK_UNFIT',
      `Cannot use ${found.name} as stack "${stack.name}": its label io.buildpacks.stack.id is ${id ?? 'missing'}`,
      {
        hint: `Make it with: tsbuildpack stack build ${stack.name} --output ${text}`,
      },
    );
  }
  if (isNamed(place)) return { ...found, value: found.reference, isOther: false };
  return ofStack(half, found.image, { reason: found.reason, pinned: pinnedStack });
}

function isNamed(place: Place): boolean {
  return place.kind === 'registry' || place.kind === 'name';
}

/** Another stack: it has its own name, and what is in it is what a build finds when it looks. */
async function publicImage(half: StackHalf, failures: readonly string[], options: StackOptions): Promise<ResolvedHalf> {
  const { stack, fallback, name } = half;
  if (fallback === undefined) throw noWay(half, [...failures, 'the stack names no public image in its place']);
  try {
    const found = await ofOthers(half, fallback, options);
    options.report({
      type: 'warning',
      message: `Standing on ${found.name} in place of the ${name} image of stack "${stack.name}": ${failures.join(', and ')}`,
      hint: `It is another image, with more or other files in it. ${waysOf(half)}`,
    });
    return found;
  } catch (error) {
    if (!(error instanceof TsbuildpackError) || !unreachable.has(error.code)) throw error;
    throw noWay(half, [...failures, error.message], error);
  }
}

const unreachable: ReadonlySet<string> = new Set([
  'NETWORK_UNAVAILABLE',
  'REGISTRY_UNAVAILABLE',
  'REGISTRY_DENIED',
  'IMAGE_NOT_FOUND',
]);

/** With the pinned inputs of a build that stood on another image than ours. */
async function pinnedOther(half: StackHalf, options: StackOptions): Promise<ResolvedHalf> {
  const { pinned = '', ways } = options;
  const prebuiltPlace = ways.stackImages?.[half.stack.name];
  const candidates = [
    ...(prebuiltPlace === undefined ? [] : [halfPlace(parsePlace(prebuiltPlace), half.name, options.platform)]),
    ...(half.fallback === undefined ? [] : [parsePlace(half.fallback)]),
  ];
  const place = candidates.find(
    (candidate) =>
      'reference' in candidate &&
      pinned.startsWith(`${candidate.reference.registry}/${candidate.reference.repository}@`),
  );
  if (place !== undefined) return asUser(half, await placedImage(place, { ...options, role: half.name }));
  throw new TsbuildpackError(
    'RUN_IMAGE_NOT_FOUND',
    `Cannot use ${half.name} image ${pinned}: stack "${half.stack.name}" does not come from there`,
    {
      hint: 'Name the image itself with --run-image, or build without the pinned inputs',
    },
  );
}

async function ofOthers(half: StackHalf, text: string, options: StackOptions): Promise<ResolvedHalf> {
  return asUser(half, await placedImage(parsePlace(text), { ...options, role: half.name }));
}

/** Public images start as root, and some have no PATH. */
function asUser(half: StackHalf, found: Omit<ResolvedHalf, 'value' | 'isOther'>): ResolvedHalf {
  const { User: user = '', Env: env = [] } = found.image.config.config ?? {};
  const isRoot = /^(?:0|root)?(?::|$)/.test(user);
  const path = env.some((line) => line.startsWith('PATH=')) ? [] : [`PATH=${half.env['PATH'] ?? '/usr/bin:/bin'}`];
  const rest = { ...found, value: found.reference, isOther: true };
  if (!isRoot && path.length === 0) return rest;
  const image = editImage(found.image, {
    created: '1980-01-01T00:00:01Z',
    layers: [],
    config: (base) => ({
      ...base,
      Env: [...env, ...path, ...(isRoot ? ['HOME=/tmp'] : [])],
      ...(isRoot && { User: `${half.uid}:${half.gid}` }),
    }),
  });
  return { ...rest, image };
}

/** With all ways as commands. */
export function noWay(half: StackHalf, failures: readonly string[], cause?: unknown): TsbuildpackError {
  const { stack, name } = half;
  return new TsbuildpackError('PACKAGES_UNAVAILABLE', `Cannot make the ${name} image of stack "${stack.name}"`, {
    detail: failures.join('\n'),
    hint: waysOf(half),
    cause,
  });
}

function waysOf({ stack, distribution }: StackHalf): string {
  const { name } = stack;
  const what = distribution === undefined ? 'its packages' : `${distribution.id} ${distribution.codename}`;
  return [
    `One of these helps: --debian-mirror URL, with a mirror of ${what}`,
    `tsbuildpack stack build ${name} --output oci-archive:${name}.tar on a machine that has packages, then --stack-image ${name}=oci-archive:${name}.tar`,
    '--run-image IMAGE, to stand on another image',
  ].join('; ');
}
