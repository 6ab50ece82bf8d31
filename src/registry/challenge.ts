/** One challenge of a WWW-Authenticate header — https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameter = new RegExp(`^(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))`);
const schemeStart = new RegExp(`^(${token})(?=\\s|,|$)(?!\\s*=)`);

/** Reads what can be read and stops at the first thing that is none. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let rest = header.slice(0, 8192).trimStart();
  while (rest !== '') {
    const current = challenges.at(-1);
    const found = current && parameter.exec(rest);
    const start = schemeStart.exec(rest);
    if (current && found) {
      current.parameters[(found[1] ?? '').toLowerCase()] ??= valueOf(found);
    } else if (start) {
      challenges.push({ scheme: (start[1] ?? '').toLowerCase(), parameters: {} });
    } else {
      break;
    }
    rest = rest.slice((found ?? start)?.[0].length).replace(/^[\s,]+/, '');
  }
  return challenges;
}

function valueOf([, , quoted, plain = '']: RegExpExecArray): string {
  return quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1');
}
