import { expect, test } from 'vitest';
import { commandBlocks, printsAsSaid } from './markdown-commands.ts';

const document = `# Title

\`\`\`sh
echo one
\`\`\`

prose, then \`\`\`not a fence\`\`\`

\`\`\`text output
one
\`\`\`

\`\`\`\`markdown
\`\`\`sh
rm -rf /
\`\`\`
\`\`\`\`

\`\`\`sh skip: needs a registry account
push
\`\`\`
`;

test('commandBlocks() reads the commands, their output and the reasons for not running them', () => {
  expect(commandBlocks(document)).toEqual([
    { line: 3, script: 'echo one\n', output: 'one\n' },
    { line: 19, script: 'push\n', skip: 'needs a registry account' },
  ]);
});

test.each([
  { name: 'skipped without a reason', text: '```sh skip\n```\n', message: 'Line 1: "sh skip" is neither' },
  { name: 'output of nothing', text: '```text output\n```\n', message: 'Line 1: output without a command' },
  { name: 'never closed', text: 'x\n```sh\n', message: 'Line 2: the block is never closed' },
])('commandBlocks() refuses a block that is $name', ({ text, message }) => {
  expect(() => commandBlocks(text)).toThrow(message);
});

test.each([
  { printed: 'a\nb\nc\n', expected: 'b\n', same: true },
  { printed: 'a\nb\nc', expected: 'b\nc\n', same: true },
  { printed: 'a\nb\nc\n', expected: 'a\nc\n', same: false },
  { printed: 'a\nb\nc\n', expected: 'a\n…\nc\n', same: true },
  { printed: 'a\nc\n', expected: 'a\n…\nc\n', same: true },
  { printed: 'xa\n', expected: 'a\n', same: false },
  { printed: 'a (1)\n', expected: 'a (1)\n', same: true },
  { printed: 'a 1\n', expected: 'a .\n', same: false },
])('printsAsSaid($printed, $expected) is $same', ({ printed, expected, same }) => {
  expect(printsAsSaid(printed, expected)).toBe(same);
});
