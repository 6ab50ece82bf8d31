import type { Analyzed } from '../../cnb/analyzed.ts';
import type { GroupEntry } from '../../cnb/group.ts';
import type { ResolvedPlan } from '../../cnb/plan.ts';
import type { BuildServices } from '../../buildpack/buildpack.ts';
import { TsbuildpackError } from '../../errors.ts';
import { buildGroup, type BuildPhaseResult } from '../../lifecycle/build.ts';
import { BuildpacksDirectory } from './buildpacks-directory.ts';
import { givenVariables, inGivenDirectories, targetOf, type PhaseContext } from './phase-context.ts';
import { badInputs, failingWith } from './phase-error.ts';
import { refuseRoot } from './privileges.ts';
import { readAnalyzed, readGroup, readPlan } from './read-documents.ts';

const buildError = 52;

/** https://github.com/buildpacks/spec/blob/main/platform.md#builder */
export async function runBuilder(context: PhaseContext): Promise<void> {
  const { inputs, surroundings } = context;
  if (inputs.arguments.length > 0) throw badInputs('Cannot run the builder: it takes no arguments');
  refuseRoot('builder');
  const { group, groupExtensions: extensions } = await readGroup(inputs.text('group'));
  const plan = await readPlan(inputs.text('plan'));
  const analyzed = await readAnalyzed(inputs.text('analyzed'), surroundings.report);
  await buildWith({ group, extensions, plan, analyzed }, context);
}

export interface BuildParts {
  readonly group: readonly GroupEntry[];
  /** Those that took part, for the image's label. @default none */
  readonly extensions?: readonly GroupEntry[];
  readonly plan: ResolvedPlan;
  readonly analyzed: Analyzed;
}

/** Runs the buildpacks and writes config/metadata.toml. */
export async function buildWith(
  { group, extensions = [], plan, analyzed }: BuildParts,
  context: PhaseContext,
): Promise<BuildPhaseResult> {
  const { inputs, surroundings } = context;
  const { report, env: hostEnv, signal } = surroundings;
  return await failingWith(buildError, async () => {
    const directory = new BuildpacksDirectory(inputs.text('buildpacks'), report);
    const buildpacks = await Promise.all(group.map(({ id, version }) => directory.find(id, version)));
    const target = targetOf(analyzed);
    const { execEnv, platformApi } = inputs;
    const given = { ...givenVariables(inputs), isolation: 'real' as const };
    const request = { group: buildpacks, extensions, plan, target, appPath: '.', execEnv, platformApi, ...given };
    return await inGivenDirectories(context, target, (environment) =>
      buildGroup(request, { environment, services, hostEnv, report, signal }),
    );
  });
}

/** Only built-in buildpacks ask for these, and a platform’s directory holds none of them. */
const services: BuildServices = {
  resolve: (_name, resolver) => resolver(undefined),
  toolchain: () => Promise.reject(notHere()),
  remember: () => Promise.reject(notHere()),
  sourceDir: '/',
};

function notHere(): TsbuildpackError {
  return new TsbuildpackError('INTERNAL', 'Cannot serve a built-in buildpack in a phase that a platform drives');
}
