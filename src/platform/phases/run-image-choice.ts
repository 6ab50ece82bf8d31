import { existsSync } from 'node:fs';
import type { Analyzed } from '../../cnb/analyzed.ts';
import { atLeast } from '../../cnb/api-version.ts';
import { parseRunToml, parseStackToml, type RunImageNames } from '../../cnb/run-toml.ts';
import { badInputs } from './phase-error.ts';
import { parsedName, sameImageName, type PhaseImages } from './phase-images.ts';
import type { PhaseInputs } from './phase-inputs.ts';
import { readDocument } from './read-documents.ts';

/** What run.toml says, or stack.toml below Platform API 0.12; nothing where there is no such file (RUN-01). */
export function knownRunImages(inputs: PhaseInputs): readonly RunImageNames[] {
  const isNew = atLeast(inputs.platformApi, '0.12');
  const file = inputs.text(isNew ? 'run' : 'stack');
  if (!existsSync(file)) return [];
  const code = 'ANALYZE_FAILED';
  if (isNew) return readDocument(file, (text, name) => parseRunToml(text, name, code), code);
  const names = readDocument(file, (text, name) => parseStackToml(text, name, code), code);
  return names === undefined ? [] : [names];
}

/** The run image that the platform names, else the best name of the first one it knows (ANA-06, RUN-02, RUN-03). Throws INVALID_INPUT. */
export async function chooseRunImageName(inputs: PhaseInputs, images: PhaseImages, output: string): Promise<string> {
  const named = inputs.text('run-image');
  if (named !== '') return named;
  const [first] = knownRunImages(inputs);
  if (first === undefined) throw badInputs('-run-image is required when there is no run metadata available');
  return await bestName(first, parsedName(output).registry, images);
}

/** One that is on the registry of the output, else the first that can be read. */
export async function bestName(
  { image, mirrors }: RunImageNames,
  registry: string,
  images: Pick<PhaseImages, 'kind' | 'open'>,
): Promise<string> {
  const names = [image, ...mirrors];
  const near = names.filter((name) => registryOf(name) === registry);
  for (const name of [...near, ...names]) if (await isReadable(name, images)) return name;
  throw badInputs(`Cannot find a run image that can be read: ${names.join(', ')}`);
}

/** An entry that is no name is passed over (RUN-04). */
function registryOf(name: string): string | undefined {
  try {
    return parsedName(name).registry;
  } catch {
    return undefined;
  }
}

/** Only registries are asked beforehand. */
export async function isReadable(name: string, images: Pick<PhaseImages, 'kind' | 'open'>): Promise<boolean> {
  if (images.kind !== 'registry') return true;
  try {
    return (await images.open(name)) !== undefined;
  } catch {
    return false;
  }
}

/** The names that the image's label has, so that a rebase finds the run image (LBL-07); an extension may have chosen one that nobody knows. */
export function namesForLabel(
  { runImage }: Analyzed,
  inputs: PhaseInputs,
  hasExtensions: boolean,
): RunImageNames | undefined {
  const [first, ...others] = knownRunImages(inputs);
  if (first === undefined) return undefined;
  const used = runImage?.image ?? '';
  const known = [first, ...others].find((names) => isAmong(used, names));
  if (known !== undefined) return known;
  return hasExtensions && atLeast(inputs.platformApi, '0.12') ? { image: used, mirrors: [] } : first;
}

export function isAmong(name: string, { image, mirrors }: RunImageNames): boolean {
  return [image, ...mirrors].some((known) => sameImageName(known, name));
}
