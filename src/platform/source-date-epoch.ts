import type { Surroundings } from './build-options.ts';

/** https://reproducible-builds.org/specs/source-date-epoch/. What cannot be read is ignored with a warning (EXP-19). */
export function sourceDateEpoch({ env, report }: Pick<Surroundings, 'env' | 'report'>): number | undefined {
  const text = env['SOURCE_DATE_EPOCH'];
  if (text === undefined || text === '') return undefined;
  // Years that RFC 3339 can say; the reference takes negative ones too.
  if (/^-?\d{1,12}$/.test(text) && Math.abs(Number(text)) <= 253_402_300_799) return Number(text);
  report({ type: 'warning', message: `Ignoring SOURCE_DATE_EPOCH "${text}": it is not a number of seconds` });
  return undefined;
}
