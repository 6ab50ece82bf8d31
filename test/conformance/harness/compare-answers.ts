import type { ScenarioAnswer } from './answer.ts';

/** One fact in which two answers differ. */
export interface Difference {
  /** `0.image.config.config.Env.2`: build, then the way into its answer. */
  readonly path: string;
  readonly reference: unknown;
  readonly ours: unknown;
}

/** Builds that end differently are not compared further. */
export function compareBuilds(reference: ScenarioAnswer, ours: ScenarioAnswer): readonly Difference[] {
  return reference.flatMap((build, index) => {
    const own = ours[index];
    if (own?.exit !== build.exit) return [{ path: `${index}/exit`, reference: build.exit, ours: own?.exit }];
    return compareAnswers(build, own, String(index));
  });
}

/** All differences of two values of JSON, by path. Lists of entries are compared as sets of lines, so that one more is one difference. */
function compareAnswers(reference: unknown, ours: unknown, path = ''): readonly Difference[] {
  if (Object.is(reference, ours)) return [];
  if (isLines(reference) && isLines(ours)) return compareLines(reference, ours, path);
  if (isObject(reference) && isObject(ours)) {
    const keys = [...new Set([...Object.keys(reference), ...Object.keys(ours)])].toSorted();
    const at = (key: string): string => (path === '' ? key : `${path}/${key}`);
    return keys.flatMap((key) => compareAnswers(reference[key], ours[key], at(key)));
  }
  return [{ path, reference, ours }];
}

function compareLines(reference: readonly string[], ours: readonly string[], path: string): readonly Difference[] {
  const missing = reference.filter((line) => !ours.includes(line));
  const more = ours.filter((line) => !reference.includes(line));
  if (missing.length > 0 || more.length > 0) return [{ path, reference: missing, ours: more }];
  return reference.join('\n') === ours.join('\n') ? [] : [{ path: `${path}/order`, reference, ours }];
}

function isLines(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
