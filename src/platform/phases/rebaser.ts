import { lifecycleMetadataLabel, parseLifecycleMetadata } from '../../cnb/lifecycle-metadata.ts';
import { atLeast } from '../../cnb/api-version.ts';
import { writeReport } from '../../cnb/report.ts';
import type { RunImageNames } from '../../cnb/run-toml.ts';
import { TsbuildpackError } from '../../errors.ts';
import type { Image } from '../../image/image.ts';
import { rebase } from '../../lifecycle/rebase.ts';
import { writeDocument, type ConnectedContext } from './phase-context.ts';
import { badInputs, failingWith, generalStatus } from './phase-error.ts';
import { parsedName, requireOneRegistry } from './phase-images.ts';
import { bestName, isAmong } from './run-image-choice.ts';

const rebaseError = 72;

/** https://github.com/buildpacks/spec/blob/main/platform.md#rebaser */
export async function runRebaser(context: ConnectedContext): Promise<void> {
  const { inputs, images, surroundings } = context;
  const { report, signal } = surroundings;
  const names = inputs.arguments;
  const [first] = names;
  if (first === undefined) throw badInputs('Cannot run the rebaser: it takes at least one image');
  if (inputs.isGiven('image') && inputs.isGiven('run-image')) {
    throw badInputs('Cannot run the rebaser: supply only one of -run-image or (deprecated) -image');
  }
  requireOneRegistry(names);
  const input = inputs.text('previous-image') || first;
  for (const name of [...names, input]) parsedName(name);
  const app = await failingWith(rebaseError, () => openExisting(input, context));
  const known = knownNames(app, context);
  const chosen = inputs.text('image') || inputs.text('run-image') || (await defaultName(known, first, context));
  parsedName(chosen);
  const runImage = await failingWith(generalStatus.failed, () => openExisting(chosen, context));
  await failingWith(rebaseError, async () => {
    const isKnown = known !== undefined && isAmong(chosen, known);
    const base = {
      image: runImage,
      reference: images.recordOf(chosen, runImage.digest),
      name: isKnown ? known.image : chosen,
      mirrors: isKnown ? known.mirrors : [],
    };
    const rebased = rebase(app, base, { force: inputs.isSet('force'), platformApi: inputs.platformApi, report });
    for (const name of names) await (await images.sink(name)).write(rebased, { report, signal });
    const facts = { tags: names, digest: rebased.digest, manifestSizeBytes: rebased.manifestBytes.length };
    writeDocument(reportFile(context), writeReport(facts));
  });
}

/** There is no layers directory here: the default is the working directory. */
function reportFile({ inputs, surroundings }: ConnectedContext): string {
  const named = surroundings.env['CNB_REPORT_PATH'];
  return inputs.isGiven('report') || named ? inputs.text('report') : `${surroundings.cwd}/report.toml`;
}

async function openExisting(name: string, { images }: ConnectedContext): Promise<Image> {
  const image = await images.open(name);
  if (image !== undefined) return image;
  throw new TsbuildpackError('IMAGE_NOT_FOUND', `Cannot find image "${name}"`);
}

/** RBS-14 */
function knownNames(app: Image, { inputs }: ConnectedContext): RunImageNames | undefined {
  const metadata = parseLifecycleMetadata(app.config.config?.Labels?.[lifecycleMetadataLabel]);
  if (metadata === undefined) return undefined;
  const isNew = atLeast(inputs.platformApi, '0.12') && metadata.runImage.image;
  const { image = '', mirrors = [] } = isNew ? metadata.runImage : metadata.stack.runImage;
  return image === '' ? undefined : { image, mirrors };
}

async function defaultName(
  known: RunImageNames | undefined,
  target: string,
  { images }: ConnectedContext,
): Promise<string> {
  if (known === undefined) {
    // The reference means 3, and ends with this (RBS-14).
    const problem = '-run-image is required when there is no run image metadata available';
    throw new TsbuildpackError('REBASE_FAILED', problem, { exitCode: rebaseError });
  }
  return await bestName(known, parsedName(target).registry, images);
}
