import { TsbuildpackError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import { formatPlace, parsePlace, type WrittenImage } from '../image/place.ts';
import { parseReference } from '../registry/reference.ts';
import { halfPlace } from '../stack/half-place.ts';
import { resolveFresh } from '../stack/resolve-half.ts';
import { stackHalf, type HalfName } from '../stack/stack-half.ts';
import type { StackOptions } from '../stack/stack-options.ts';
import type { Surroundings } from './build-options.ts';
import { Places } from './places.ts';
import { openStack, useStacks, type StackFlags } from './stack-tools.ts';

export interface BuildStackOptions extends StackFlags {
  readonly stack: string;
  /** Places, as typed; each gets both halves. */
  readonly outputs: readonly string[];
  /** @default both */
  readonly half?: string | undefined;
}

export interface BuiltHalf {
  readonly half: HalfName;
  readonly digest: string;
  readonly layers: readonly { readonly digest: string; readonly sizeBytes: number }[];
  readonly packages: number;
  readonly written: readonly WrittenImage[];
}

/** `tsbuildpack stack build`: both halves of a stack, of the packages that there are now. */
export async function buildStack(
  options: BuildStackOptions,
  surroundings: Surroundings,
): Promise<readonly BuiltHalf[]> {
  const stack = openStack(options.stack, surroundings);
  const halves = halvesOf(options.half).map((name) => stackHalf(stack, name));
  const made = halves.filter(({ kind }) => kind !== 'host');
  if (made.length === 0) {
    throw new TsbuildpackError(
      'USAGE',
      `Cannot build the ${options.half ?? ''} image of stack "${stack.name}": it has none`,
      {
        hint: 'Its builds run over the root file system of this machine',
      },
    );
  }
  return await useStacks(options, surroundings, async (stackOptions) => {
    const built: BuiltHalf[] = [];
    for (const half of made) {
      const { image, name, made: facts } = await resolveFresh(half, stackOptions);
      const written = await write(image, half.name, { name, outputs: options.outputs, stackOptions, surroundings });
      const layers = image.layers.map(({ digest, sizeBytes }) => ({ digest, sizeBytes }));
      built.push({
        half: half.name,
        digest: image.digest,
        layers,
        packages: facts?.packages.flat().length ?? 0,
        written,
      });
    }
    return built;
  });
}

function halvesOf(text: string | undefined): readonly HalfName[] {
  if (text === 'run' || text === 'build') return [text];
  return ['run', 'build'];
}

interface WriteParts {
  /** What the image is called where a place does not say. */
  readonly name: string;
  readonly outputs: readonly string[];
  readonly stackOptions: StackOptions;
  readonly surroundings: Surroundings;
}

async function write(
  image: Image,
  half: HalfName,
  { name, outputs, stackOptions, surroundings }: WriteParts,
): Promise<readonly WrittenImage[]> {
  const { store, platform, report, signal } = stackOptions;
  const places = new Places({ store, surroundings });
  const written: WrittenImage[] = [];
  for (const output of outputs) {
    const place = halfPlace(parsePlace(output), half, platform);
    const names = 'reference' in place ? [place.reference] : [parseReference(name)];
    const sink = await places.sink(place, { names });
    const result = await sink.write(image, { report, signal });
    report({ type: 'output-written', place: formatPlace(place), reference: result.reference, digest: result.digest });
    written.push(result);
  }
  return written;
}
