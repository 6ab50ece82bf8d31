import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDockerfile } from '../../src/cnb/dockerfile.ts';
import { TsbuildpackError } from '../../src/errors.ts';
import { oddDockerfiles } from './odd-dockerfiles.ts';

function saidOf(text: string): string {
  try {
    const { globalArgs, stages } = parseDockerfile(text, 'Dockerfile');
    const [first, ...others] = stages;
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    return [
      ...globalArgs.map((keys) => `ARG ${keys.join(' ')}`),
      ...(first === undefined ? [] : [`FROM ${first.base}${more}`]),
      ...stages.flatMap(({ instructions }) => instructions.map(({ name }) => name)),
    ].join(', ');
  } catch (error) {
    if (error instanceof TsbuildpackError && error.code === 'DOCKERFILE_INVALID') return 'refused';
    throw error;
  }
}

describe('parseDockerfile()', () => {
  test.each(oddDockerfiles)('reads what BuildKit reads: %s', (_about, text, says) => {
    expect(saidOf(text)).toBe(says);
  });

  test('refuses a line that is longer than BuildKit reads', () => {
    expect(saidOf(`FROM x\nRUN ${'a'.repeat(65_530)}\n`)).toBe('FROM x, RUN');
    expect(saidOf(`FROM x\nRUN ${'a'.repeat(65_531)}\n`)).toBe('refused');
  });

  test('names file, line and what is wrong', () => {
    expect(() => parseDockerfile('FROM x\n\nRUN \\\n a\nINSTALL b\n', 'run.Dockerfile')).toThrow(
      'Cannot use "run.Dockerfile": line 5: "INSTALL" is no instruction',
    );
  });

  test('says of instructions what stands behind their flags', () => {
    const [stage] = parseDockerfile('FROM x\ncopy --from="a b" --link \\\n  c d\n', 'Dockerfile').stages;
    expect(stage?.instructions).toEqual([{ name: 'COPY', flags: ['--from=a b', '--link'], text: 'c d', line: 2 }]);
  });

  test('answers or refuses whatever it is given', () => {
    const fragment = fc.constantFrom(
      'FROM ',
      'RUN ',
      'ONBUILD ',
      '\n',
      '\\\n',
      '<<',
      'E',
      '"',
      "'",
      '`',
      '[',
      '--a=',
      ' ',
    );
    const text = fc.array(fc.oneof(fragment, fc.string()), { maxLength: 20 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (written) => {
        expect(saidOf(written)).toMatch(/^refused$|FROM|^ARG /);
      }),
    );
  });

  test('reads a megabyte of one instruction in a moment', () => {
    const lines = Array.from({ length: 20 }, () => `${'"\\" '.repeat(12_000)}\\\n`).join('');
    const started = performance.now();
    expect(saidOf(`FROM x\nENV A=${lines}\n`)).toMatch(/refused|ENV/);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
