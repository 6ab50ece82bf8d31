import { TsbuildpackError } from '../errors.ts';

const sizes: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
const times: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `500MB` in bytes. Throws USAGE. */
export function parseSize(text: string, flag: string): number {
  return parseAmount(text, sizes, { flag, example: '500MB or 10GB' });
}

/** `12h` in milliseconds. Throws USAGE. */
export function parseTime(text: string, flag: string): number {
  return parseAmount(text, times, { flag, example: '12h or 30d' });
}

function parseAmount(
  text: string,
  units: Readonly<Record<string, number>>,
  { flag, example }: { readonly flag: string; readonly example: string },
): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const name = Object.keys(units).find((known) => known.toLowerCase() === unit.toLowerCase());
  if (amount !== undefined && name !== undefined) return Math.round(Number(amount) * (units[name] ?? 1));
  throw new TsbuildpackError('USAGE', `Cannot read ${flag} "${text}"`, {
    hint: `Write for example ${example}; the units are ${Object.keys(units).filter(Boolean).join(', ')}`,
  });
}
