import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TsbuildpackError } from '../../src/errors.ts';
import { formatReference, layoutPath, parseReference, sameReference } from '../../src/registry/reference.ts';

const sha = `sha256:${'a1'.repeat(32)}`;

describe('parseReference()', () => {
  test.each([
    { text: 'foo', full: 'docker.io/library/foo:latest' },
    { text: 'foo:1', full: 'docker.io/library/foo:1' },
    { text: 'team/foo', full: 'docker.io/team/foo:latest' },
    { text: 'index.docker.io/library/foo', full: 'docker.io/library/foo:latest' },
    { text: 'docker.io/foo', full: 'docker.io/library/foo:latest' },
    { text: 'registry-1.docker.io/foo', full: 'docker.io/library/foo:latest' },
    { text: 'localhost/foo', full: 'localhost/foo:latest' },
    { text: 'localhost:5000/foo', full: 'localhost:5000/foo:latest' },
    { text: 'Registry.Example/a/b:V1', full: 'registry.example/a/b:V1' },
    { text: '[::1]:5000/foo', full: '[::1]:5000/foo:latest' },
    { text: `foo@${sha}`, full: `docker.io/library/foo@${sha}` },
    { text: `ghcr.io/a/foo:1@${sha}`, full: `ghcr.io/a/foo:1@${sha}` },
    { text: 'host:80/a.b_c__d---e:x', full: 'host:80/a.b_c__d---e:x' },
  ])('reads $text as $full', ({ text, full }) => {
    expect(formatReference(parseReference(text))).toBe(full);
    expect(parseReference(full)).toEqual(parseReference(text));
  });

  test.each([
    '',
    ':',
    '@',
    'Foo',
    'foo/Bar',
    'foo:',
    'foo:-a',
    'foo:a/b',
    `foo@sha256:12`,
    `foo@md5:${'0'.repeat(32)}`,
    'a//b',
    '/a',
    'a/',
    '../etc',
    'a/../b',
    'host:99999/a',
    'ho_st.example/a',
    'https://host/a',
    'user:pass@host/a',
    'a b',
    'a\nb',
    'a'.repeat(256),
    `foo:${'a'.repeat(129)}`,
  ])('refuses %j with a hint', (text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'REFERENCE_INVALID', hint: expect.stringMatching(/\w/) }),
    );
  });

  test('gives a value that survives formatting, or REFERENCE_INVALID, for any text', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9:/@._[\]-]{1,40}$/));
    const survives = fc.property(texts, (text) => {
      const first = outcome(text);
      return first === 'REFERENCE_INVALID' || outcome(first) === first;
    });
    expect(() => fc.assert(survives)).not.toThrow();
  });
});

function outcome(text: string): string {
  try {
    return formatReference(parseReference(text));
  } catch (error) {
    return (error as TsbuildpackError).code;
  }
}

test('sameReference() knows the names of Docker Hub (RUN-05)', () => {
  expect(sameReference('foo', 'index.docker.io/library/foo:latest')).toBe(true);
  expect(sameReference('docker.io/library/foo', 'foo:latest')).toBe(true);
  expect(sameReference('foo', 'ghcr.io/library/foo')).toBe(false);
  expect(sameReference('foo:1', 'foo:2')).toBe(false);
});

test('layoutPath() writes Docker Hub as index.docker.io (EXP-30)', () => {
  expect(layoutPath(parseReference('foo'))).toBe('index.docker.io/library/foo/latest');
  expect(layoutPath(parseReference('ghcr.io/a/b:1'))).toBe('ghcr.io/a/b/1');
  expect(layoutPath(parseReference(`ghcr.io/a/b@${sha}`))).toBe(`ghcr.io/a/b/${sha.replace(':', '/')}`);
});
