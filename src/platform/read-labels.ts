import { TsbuildpackError } from '../errors.ts';

/** `--label KEY=VALUE`. Throws USAGE. */
export function readLabels(flags: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const flag of flags) {
    const equals = flag.indexOf('=');
    if (equals < 1) throw new TsbuildpackError('USAGE', `Cannot read --label "${flag}"`, { hint: 'Write KEY=VALUE' });
    labels[flag.slice(0, equals)] = flag.slice(equals + 1);
  }
  return labels;
}
