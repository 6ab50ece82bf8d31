import { expect, test } from 'vitest';
import { parseNpmrc } from '../../../buildpacks/node/npmrc.ts';

const variables: Readonly<Record<string, string>> = { TOKEN: 'secret', HOST: 'npm.example' };
const parse = (text: string): ReturnType<typeof parseNpmrc> => parseNpmrc(text, (name) => variables[name]);

test.each([
  ['a=b', 'a', 'b'],
  ['  a = b  ', 'a', 'b'],
  ['a', 'a', 'true'],
  ['a=', 'a', ''],
  ['a="b c"', 'a', 'b c'],
  ["a='b;c'", 'a', 'b;c'],
  ['a=b ; comment', 'a', 'b'],
  ['ca[]=one', 'ca', 'one'],
  ['//npm.example/:_authToken=${TOKEN}', '//npm.example/:_authToken', 'secret'],
  ['//${HOST}/:_authToken=x', '//npm.example/:_authToken', 'x'],
  ['a=${NONE}', 'a', '${NONE}'],
  ['a=${NONE?}', 'a', ''],
  [String.raw`a=\${TOKEN}`, 'a', String.raw`\${TOKEN}`],
  ['ca="one\\ntwo"', 'ca', 'one\ntwo'],
])('parseNpmrc() reads %j', (line, key, value) => {
  expect(parse(line).entries).toEqual([{ key, value }]);
});

test('parseNpmrc() passes over comments, sections and empty lines', () => {
  expect(parse('\uFEFF; a=b\r\n# a=b\n\n[section]\n').entries).toEqual([]);
});

test('parseNpmrc() says which variables are named, whether they are set or not', () => {
  expect(parse('a=${TOKEN}\nb=${NONE}').variables).toEqual(['TOKEN', 'NONE']);
});
