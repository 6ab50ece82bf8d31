import { copyFileSync, existsSync, lstatSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeAnalyzed, type Analyzed } from '../../cnb/analyzed.ts';
import { atLeast } from '../../cnb/api-version.ts';
import { escapeBuildpackId } from '../../cnb/buildpack-id.ts';
import { writePlan } from '../../cnb/plan.ts';
import type { PathPair } from '../../environment/build-environment.ts';
import type { Detected } from '../../lifecycle/detect.ts';
import { generate, type Generated, type OwnedDockerfile } from '../../lifecycle/generate.ts';
import { givenVariables, inGivenDirectories, targetOf, writeDocument, type PhaseContext } from './phase-context.ts';
import { failingWith } from './phase-error.ts';
import { isAmong, knownRunImages } from './run-image-choice.ts';

const generateError = 92;

/**
 * What the detector does with the extensions of the group: they generate, the run image that they chose goes into analyzed.toml, and what
 * they met leaves plan.toml — https://github.com/buildpacks/spec/blob/main/platform.md#detector (EXT-09, FIL-03).
 */
export async function generateInto(detected: Detected, analyzed: Analyzed, context: PhaseContext): Promise<void> {
  const { inputs, surroundings } = context;
  const { report, env: hostEnv, signal } = surroundings;
  const { extensions, plan } = detected;
  const target = targetOf(analyzed);
  await failingWith(generateError, () =>
    inGivenDirectories(context, target, async (environment) => {
      const own = inputs.text('generated');
      const isNewLayout = atLeast(inputs.platformApi, '0.13');
      // Older platforms look for other names than extensions write, so that these write elsewhere (EXT-13).
      const output = isNewLayout ? inPlace(own) : inPlace(join(environment.paths.tmp.host, 'generated'));
      mkdirSync(output.host, { recursive: true });
      const request = { extensions, plan, target, appPath: '.', output, ...givenVariables(inputs) };
      const generated = await generate(request, { environment, hostEnv, report, signal });
      for (const dockerfile of generated.dockerfiles) {
        if (!isNewLayout) copyOld(dockerfile, own);
        else if (dockerfile.isIgnored) renameSync(dockerfile.path, `${dockerfile.path}.ignore`);
      }
      writeDocument(inputs.text('analyzed'), writeAnalyzed(withRunImage(analyzed, generated, context)));
      writeDocument(inputs.text('plan'), writePlan(generated.plan));
    }),
  );
}

function inPlace(path: string): PathPair {
  return { host: path, inside: path, image: path };
}

/** `<generated>/run/<id>/Dockerfile`, and extend-config.toml beside it. */
function copyOld({ path, kind, extension, isIgnored }: OwnedDockerfile, generated: string): void {
  const directory = join(generated, kind, escapeBuildpackId(extension.descriptor.id));
  mkdirSync(directory, { recursive: true });
  copyFileSync(path, join(directory, isIgnored ? 'Dockerfile.ignore' : 'Dockerfile'));
  const config = join(dirname(path), 'extend-config.toml');
  if (existsSync(config) && lstatSync(config).isFile()) copyFileSync(config, join(directory, 'extend-config.toml'));
}

/** EXT-12: the text of FROM as it is, and nothing of what was known of the image before. */
function withRunImage(
  analyzed: Analyzed,
  { runImage: name, extendsRunImage: extend }: Generated,
  { inputs, surroundings }: PhaseContext,
): Analyzed {
  const { runImage } = analyzed;
  const isNew = !atLeast(inputs.platformApi, '0.12') || name !== runImage?.image;
  if (name === undefined || !isNew) {
    return runImage === undefined
      ? analyzed
      : { ...analyzed, runImage: { ...runImage, extend: runImage.extend || extend } };
  }
  if (!knownRunImages(inputs).some((names) => isAmong(name, names))) {
    surroundings.report({ type: 'warning', message: `Run image "${name}" of an extension is not in run.toml` });
  }
  return { ...analyzed, runImage: { reference: name, image: name, extend } };
}
