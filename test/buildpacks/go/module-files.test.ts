import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGoMod, parseGoWork } from '../../../buildpacks/go/module-files.ts';

describe('parseGoMod()', () => {
  test('reads module, go, toolchain and local replacements with their lines', () => {
    const text = `// Copyright
module example.com/shop/v2 // the shop

go 1.24.3

toolchain go1.25.1

require (
	example.com/a v1.0.0 // indirect
)

replace example.com/a => ../a

replace (
	example.com/b v1.2.3 => ./internal/b
	example.com/c => example.com/fork/c v1.0.0
	example.com/d => /opt/d
)
`;
    expect(parseGoMod(text)).toEqual({
      module: 'example.com/shop/v2',
      go: { value: '1.24.3', line: 4 },
      toolchain: { value: 'go1.25.1', line: 6 },
      requires: ['example.com/a v1.0.0'],
      localReplacements: [
        { value: '../a', line: 13 - 1 },
        { value: './internal/b', line: 15 },
        { value: '/opt/d', line: 17 },
      ],
    });
  });

  test.each([
    { name: 'an empty file', text: '', module: undefined },
    { name: 'quotes', text: 'module "example.com/x"', module: 'example.com/x' },
    { name: 'back quotes', text: 'module `example.com/x`', module: 'example.com/x' },
    { name: 'a block', text: 'module (\n\texample.com/x\n)', module: 'example.com/x' },
    { name: 'Windows line ends', text: 'module example.com/x\r\n\r\ngo 1.24\r\n', module: 'example.com/x' },
    { name: 'a comment behind', text: 'module example.com/x//comment', module: 'example.com/x//comment' },
  ])('reads the module of $name', ({ text, module }) => {
    expect(parseGoMod(text).module).toBe(module);
  });

  test('takes any text', () => {
    const pieces = fc.constantFrom('module', 'replace', 'use', '(', ')', '=>', '"', '`', '//', ' ', '\n', '../x', '\\');
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (any) => {
        const lines = any.split('\n').length;
        for (const { line } of [...parseGoMod(any).localReplacements, ...parseGoWork(any).use]) {
          expect(line).toBeLessThanOrEqual(lines);
        }
      }),
    );
    expect(parseGoMod('module (\nreplace a => ../b').localReplacements).toEqual([]);
  });
});

describe('parseGoWork()', () => {
  test('reads the modules of both forms', () => {
    expect(parseGoWork('go 1.26\n\nuse ./api\nuse (\n\t./worker // later\n\t"./with space"\n)\n')).toEqual({
      go: { value: '1.26', line: 1 },
      toolchain: undefined,
      use: [
        { value: './api', line: 3 },
        { value: './worker', line: 5 },
        { value: './with space', line: 6 },
      ],
    });
  });
});
