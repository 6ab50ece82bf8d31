/** https://www.debian.org/doc/debian-policy/ch-controlfields.html#version */
export type VersionOperator = '<<' | '<=' | '=' | '>=' | '>>';

/** Whether `found` stands in that relation to `wanted`: `isSatisfied('2.36', '>=', '2.28')`. */
export function isSatisfied(found: string, operator: VersionOperator, wanted: string): boolean {
  const order = compareVersions(found, wanted);
  switch (operator) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}

/** Negative when `a` is the older one, 0 when they are equal. Any text is a version here, as it is for dpkg's comparison. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = parts(a);
  const right = parts(b);
  return (
    compareNumbers(left.epoch, right.epoch) ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

interface VersionParts {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

function parts(version: string): VersionParts {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? '' : version.slice(0, colon),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** Runs of other characters and runs of digits take turns, beginning with the former. */
function compareParts(a: string, b: string): number {
  let left = a;
  let right = b;
  while (left !== '' || right !== '') {
    const [leftText, rightText] = [textRun(left), textRun(right)];
    const order = compareTexts(leftText, rightText);
    if (order !== 0) return order;
    left = left.slice(leftText.length);
    right = right.slice(rightText.length);
    const [leftDigits, rightDigits] = [digitRun(left), digitRun(right)];
    const numbers = compareNumbers(leftDigits, rightDigits);
    if (numbers !== 0) return numbers;
    left = left.slice(leftDigits.length);
    right = right.slice(rightDigits.length);
  }
  return 0;
}

function textRun(text: string): string {
  return /^[^0-9]*/.exec(text)?.[0] ?? '';
}

function digitRun(text: string): string {
  return /^[0-9]*/.exec(text)?.[0] ?? '';
}

/** Letters before all else, except the tilde, which comes even before the end. */
function compareTexts(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = weight(a[at]) - weight(b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

/** Digits of any length, by value. */
function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}
