import { styleText } from 'node:util';

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly colors: boolean;
}

type Format = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** Colours where the stream is a terminal that wants them: https://no-color.org, and FORCE_COLOR as Node itself reads it. */
export function styleFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Style {
  const colors = wantsColors(stream.isTTY === true, env);
  const apply =
    (format: Format) =>
    (text: string): string =>
      // The escape codes are wanted or not by the rule above alone: Node's own check looks at another stream.
      colors ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: apply('bold'),
    dim: apply('dim'),
    red: apply('red'),
    yellow: apply('yellow'),
    green: apply('green'),
    cyan: apply('cyan'),
    colors,
  };
}

function wantsColors(terminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return terminal && env['TERM'] !== 'dumb';
}
