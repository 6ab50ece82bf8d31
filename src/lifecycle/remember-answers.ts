import type { BuildServices } from '../buildpack/buildpack.ts';
import type { Resolutions } from '../store/resolutions.ts';

const dayMs = 24 * 60 * 60 * 1000;

export interface RememberOptions {
  readonly now: () => Date;
  /** Ask again, however fresh the last answer is. */
  readonly refresh: boolean;
}

/** Remembers answers in the store for a day, and asks each question at most once in a build. */
export function rememberAnswers(
  resolutions: Resolutions,
  { now, refresh }: RememberOptions,
): BuildServices['remember'] {
  const asked = new Map<string, ReturnType<BuildServices['remember']>>();
  const answer = async (question: string, find: () => Promise<string>): ReturnType<BuildServices['remember']> => {
    const known = refresh ? undefined : await resolutions.get(question);
    const until = (known?.at.getTime() ?? 0) + dayMs;
    // A clock that was set back would make an answer last.
    const isFresh = known !== undefined && now().getTime() < until && known.at <= now();
    if (isFresh) return { value: known.value, validUntil: new Date(until).toISOString() };
    const value = await find();
    await resolutions.set(question, value);
    return { value, validUntil: new Date(now().getTime() + dayMs).toISOString() };
  };
  return (question, find) => {
    const answered = asked.get(question) ?? answer(question, find);
    asked.set(question, answered);
    return answered;
  };
}
