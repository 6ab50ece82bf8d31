import { atLeast } from '../../cnb/api-version.ts';
import { TsbuildpackError } from '../../errors.ts';
import { groupEntry } from '../../lifecycle/build.ts';
import type { Detected } from '../../lifecycle/detect.ts';
import { analyzedNames, analyzeInto } from './analyzer.ts';
import { buildWith } from './builder.ts';
import { detectError, detectInto } from './detector.ts';
import { exportWith } from './exporter.ts';
import { phaseCache } from './phase-cache.ts';
import type { ConnectedContext } from './phase-context.ts';
import { restoreWith } from './restorer.ts';

/** All phases in one process, with the inputs that each would get — https://github.com/buildpacks/spec/blob/main/platform.md#creator (CRE-01) */
export async function runCreator(context: ConnectedContext): Promise<void> {
  const { inputs, surroundings } = context;
  const { report } = surroundings;
  const named = await analyzedNames(context);
  const cache = await phaseCache(context);
  report({ type: 'phase', phase: 'analyze' });
  const analyzed = await analyzeInto(context, named);
  report({ type: 'phase', phase: 'detect' });
  const detected = await detectInto(analyzed, context);
  refuseExtensions(detected);
  const group = detected.group.map(groupEntry);
  // Before 0.10 skipping left out the whole phase, store.toml included (CRE-03).
  if (!inputs.isSet('skip-restore') || atLeast(inputs.platformApi, '0.10')) {
    report({ type: 'phase', phase: 'restore' });
    await restoreWith({ group, analyzed, cache }, context);
  }
  report({ type: 'phase', phase: 'build' });
  await buildWith({ group, plan: detected.plan, analyzed }, context);
  report({ type: 'phase', phase: 'export' });
  const names = [...inputs.arguments, ...inputs.list('tag')];
  await exportWith({ group, analyzed, cache, names }, context);
}

/** A run image that is switched would have to be looked at again, and Dockerfiles run in between (CRE-02). */
function refuseExtensions({ extensions }: Detected): void {
  if (extensions.length === 0) return;
  const names = extensions.map(({ descriptor: { id, version } }) => `"${id}@${version}"`).join(', ');
  throw new TsbuildpackError('INVALID_INPUT', `Cannot go on with image extensions in the creator: ${names}`, {
    hint: 'Run the phases one by one, or take [[order-extensions]] out of the order',
    exitCode: detectError,
  });
}
