import { expect, test } from 'vitest';
import * as v from 'valibot';
import { schemaProblems } from '../../src/cnb/schema-problems.ts';

const schema = v.strictObject({
  name: v.string(),
  mode: v.optional(v.picklist(['host', 'none'])),
  tag: v.optional(v.union([v.string(), v.array(v.string())])),
  count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(9))),
  word: v.optional(v.pipe(v.string(), v.regex(/^\w+$/, 'it must be one word'))),
  version: v.optional(v.literal(1)),
  flag: v.optional(v.boolean()),
  files: v.optional(v.array(v.strictObject({ path: v.string(), source: v.optional(v.string()) })), []),
  labels: v.optional(v.record(v.string(), v.string())),
});

test.each([
  [{}, 'name: it is missing'],
  [{ name: 'x', moed: 'none' }, 'moed: there is no such key, the nearest is "mode"'],
  [{ name: 'x', somethingElse: 1 }, 'somethingElse: there is no such key'],
  [
    { name: 'x', files: [{ path: '/a', sourec: 'b' }] },
    'files.0.sourec: there is no such key, the nearest is "source"',
  ],
  [{ name: 'x', files: [{}] }, 'files.0.path: it is missing'],
  [{ name: 3 }, 'name: it is 3, it must be a string'],
  [{ name: ['a'] }, 'name: it is a list, it must be a string'],
  [{ name: 'x', mode: 'docker' }, 'mode: it is "docker", it must be "host" or "none"'],
  [{ name: 'x', tag: {} }, 'tag: it is a table, it must be a string or a list'],
  [{ name: 'x', count: -1 }, 'count: it is -1, it must be at least 0'],
  [{ name: 'x', count: 10 }, 'count: it is 10, it must be at most 9'],
  [{ name: 'x', count: 1.5 }, 'count: it is 1.5, it must be a whole number'],
  [{ name: 'x', word: 'two words' }, 'word: it must be one word'],
  [{ name: 'x', version: 2 }, 'version: it is 2, it must be 1'],
  [{ name: 'x', flag: 'yes' }, 'flag: it is "yes", it must be true or false'],
  [{ name: 'x', labels: { a: true } }, 'labels.a: it is true, it must be a string'],
  ['text', 'it is "text", it must be a table'],
])('schemaProblems() says of %j: %s', (document, problem) => {
  const { issues = [] } = v.safeParse(schema, document);
  expect(schemaProblems(issues, { schema })).toEqual([problem]);
});

test('schemaProblems() calls keys what the reader calls them', () => {
  const { issues = [] } = v.safeParse(schema, { name: 'x', mode: 'docker', tag: 1 });
  expect(schemaProblems(issues, { schema, nameOf: (key) => `--${key}` })).toEqual([
    '--mode: it is "docker", it must be "host" or "none"',
    '--tag: it is 1, it must be a string or a list',
  ]);
});
