import { exitCodes, TsbuildpackError } from '../../errors.ts';
import { indent } from './event-lines.ts';
import { printable } from './format.ts';
import type { Style } from './style.ts';

export interface ShownError {
  readonly lines: readonly string[];
  readonly exitCode: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** What a person sees of an error: code, what was being done and what was wrong, detail, what to do; causes if verbose. */
export function showError(error: unknown, style: Style, verbose: boolean): ShownError {
  if (!(error instanceof TsbuildpackError)) return showUnexpected(error, style);
  const lines = [
    `${style.red('Error')} ${style.dim(`[${error.code}]`)} ${printable(error.message)}`,
    ...(error.detail === undefined ? [] : indent(error.detail)),
    ...(error.hint === undefined ? [] : ['', ...indent(error.hint)]),
    ...(verbose ? causes(error) : []),
    ...(error.exitCode === 75 ? ['', ...indent('Trying again may help')] : []),
  ];
  return {
    lines,
    exitCode: error.exitCode,
    json: {
      code: error.code,
      message: error.message,
      detail: error.detail,
      hint: error.hint,
      exitCode: error.exitCode,
    },
  };
}

/** Not one of ours, so a mistake of this program: everything that helps to find it is shown. */
function showUnexpected(error: unknown, style: Style): ShownError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = error instanceof Error ? error.message : String(error);
  return {
    lines: [
      `${style.red('Error')} ${style.dim('[INTERNAL]')} tsbuildpack met a condition that it does not know`,
      ...indent(text),
      '',
      ...indent('This is a mistake in tsbuildpack, not in your project: please report it with the lines above'),
    ],
    exitCode: exitCodes.INTERNAL,
    json: { code: 'INTERNAL', message, exitCode: exitCodes.INTERNAL },
  };
}

function causes(error: Error): readonly string[] {
  const lines: string[] = [];
  for (let cause = error.cause; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    lines.push(...indent(`caused by: ${cause instanceof Error ? cause.message : JSON.stringify(cause)}`));
  }
  return lines;
}
