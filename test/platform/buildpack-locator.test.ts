import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseBuildpackLocator } from '../../src/platform/buildpack-locator.ts';
import { sharedDirectory } from '../temporary-directory.ts';

let dir: string;

beforeAll(() => {
  dir = sharedDirectory('locator');
  mkdirSync(join(dir, 'acme', 'hello'), { recursive: true });
});

const digest = `sha256:${'a'.repeat(64)}`;

describe('parseBuildpackLocator()', () => {
  test.each([
    { text: 'from=builtin', found: { kind: 'from-builtin' } },
    { text: 'from=builder', found: { kind: 'from-builder' } },
    { text: 'from=builder:acme/x@1.0.0', found: { kind: 'in-builder', id: 'acme/x', version: '1.0.0' } },
    { text: 'urn:cnb:builder:acme/x', found: { kind: 'in-builder', id: 'acme/x' } },
    { text: 'urn:cnb:builder:acme/x@1.0.0', found: { kind: 'in-builder', id: 'acme/x', version: '1.0.0' } },
    { text: 'npm:@acme/hello@^1.2', found: { kind: 'npm', wish: '@acme/hello@^1.2' } },
    { text: 'npm:hello', found: { kind: 'npm', wish: 'hello' } },
    { text: 'acme/x', found: { kind: 'id', id: 'acme/x' } },
    { text: 'acme/x@1.0.0', found: { kind: 'id', id: 'acme/x', version: '1.0.0' } },
    { text: 'https://files.example/x.tgz', found: { kind: 'url' } },
    { text: 'docker://docker.io/acme/x', found: { kind: 'image', place: { kind: 'registry' } } },
    { text: 'registry.example/acme/x:1', found: { kind: 'image', place: { kind: 'name' } } },
    { text: 'localhost:5000/x', found: { kind: 'image', place: { kind: 'name' } } },
    { text: `acme/x@${digest}`, found: { kind: 'image', place: { kind: 'name' } } },
    { text: 'oci:layout:1.0', found: { kind: 'image', place: { kind: 'oci', directory: 'layout', tag: '1.0' } } },
    { text: 'store:acme/x', found: { kind: 'image', place: { kind: 'store' } } },
  ])('DST-10 $text', ({ text, found }) => {
    expect(parseBuildpackLocator(text, dir)).toMatchObject(found);
  });

  test.each(['acme/hello', './acme/hello', 'file:acme/hello'])('DST-10 %s is the directory of that name', (text) => {
    expect(parseBuildpackLocator(text, dir)).toEqual({ kind: 'path', path: join(dir, 'acme', 'hello') });
  });

  test.each([
    { text: 'urn:cnb:registry:acme/x@1.0.0', problem: 'the buildpack registry', hint: 'docker://HOST/NAME@sha256:…' },
    { text: 'urn:other:x', problem: 'neither urn:cnb:builder nor urn:cnb:registry', hint: 'from=builtin' },
    { text: 'from=nowhere', problem: 'from=builtin or from=builder', hint: 'from=builtin' },
    { text: './nowhere', problem: 'there is no file or directory', hint: 'npm:NAME' },
    { text: 'npm:../up', problem: 'it names no npm package', hint: 'npm:NAME@VERSION' },
    { text: 'npm:--global', problem: 'it names no npm package', hint: 'npm:NAME' },
    { text: 'npm:a@https://evil.example/a.tgz', problem: 'it names no npm package', hint: 'npm:NAME' },
    { text: 'npm:github:acme/x', problem: 'it names no npm package', hint: 'npm:NAME' },
  ])('refuses $text', ({ text, problem, hint }) => {
    const read = (): unknown => parseBuildpackLocator(text, dir);
    expect(read).toThrow(problem);
    expect(read).toThrow(expect.objectContaining({ code: 'BUILDPACK_INVALID', hint: expect.stringContaining(hint) }));
  });
});
