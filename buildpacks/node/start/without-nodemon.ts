/** Options of nodemon that have a value. https://github.com/remy/nodemon#readme */
const withValue: ReadonlySet<string> = new Set(
  '-w --watch -e --ext -i --ignore -d --delay -s --signal --config -C --cwd'.split(' '),
);

/** What nodemon would start: the program of `--exec`, else node, with the file and what follows it. */
export function withoutNodemon([, ...rest]: readonly string[], main: string): readonly string[] {
  const words = [...rest];
  let program: readonly string[] = ['node'];
  let isNode = true;
  while (words[0]?.startsWith('-') === true) {
    const flag = words.shift() ?? '';
    if (withValue.has(flag)) words.shift();
    if (flag !== '-x' && flag !== '--exec') continue;
    program = (words.shift() ?? '').split(/\s+/);
    isNode = false;
  }
  return words.length === 0 && isNode ? [...program, main] : [...program, ...words];
}
