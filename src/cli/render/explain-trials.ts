import type { GroupTrial } from '../../lifecycle/detect.ts';
import { formatTable, printable } from './format.ts';

/** Every group that detection tried, in that order, with the verdict on each of its buildpacks. */
export function explainTrials(groups: readonly GroupTrial[]): readonly string[] {
  return groups.flatMap(({ entries, verdict, problems }, index) => {
    const rows = entries.map(({ buildpack: { descriptor }, optional, result, dropped, reason }) => [
      `  ${dropped ? 'drop' : result}`,
      `${descriptor.id}@${descriptor.version}${optional ? ' (optional)' : ''}`,
      printable(dropped ? 'it passed, but its part of the plan does not fit' : (reason ?? '')),
    ]);
    const title = { found: 'taken', fail: 'does not fit', error: 'failed' }[verdict];
    return [
      `Group ${index + 1}: ${title}`,
      ...formatTable(rows),
      ...problems.map((problem) => `  ${printable(problem)}`),
    ];
  });
}

/** The same as data. */
export function trialData({ entries, verdict, problems }: GroupTrial): object {
  return {
    verdict,
    problems,
    buildpacks: entries.map(({ buildpack: { descriptor }, optional, result, dropped, reason }) => ({
      id: descriptor.id,
      version: descriptor.version,
      optional,
      result: dropped ? 'dropped' : result,
      reason,
    })),
  };
}
