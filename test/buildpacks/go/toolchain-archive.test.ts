import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hash1, unpackToolchain } from '../../../buildpacks/go/toolchain-archive.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';
import { makeZip } from './make-zip.ts';

const prefix = 'golang.org/toolchain@v0.0.1-go1.99.0.linux-amd64/';

function unpack(files: readonly (readonly [string, string])[]): { dir: string; done: Promise<string> } {
  const root = temporaryDirectory('toolchain');
  writeFileSync(join(root, 'x.zip'), makeZip(files));
  const dir = join(root, 'out');
  return { dir, done: unpackToolchain(join(root, 'x.zip'), dir, prefix) };
}

describe('unpackToolchain()', () => {
  test('writes files with the modes that the go command gives them, and hashes what it writes', async () => {
    const files = [
      [`${prefix}VERSION`, 'go1.99.0\n'],
      [`${prefix}bin/go`, 'go'],
      [`${prefix}pkg/tool/linux_amd64/compile`, 'compile'],
      [`${prefix}lib/wasm/go_js_wasm_exec`, 'exec'],
      [`${prefix}src/_go.mod`, 'module std'],
      [`${prefix}src/fmt/print.go`, 'package fmt'],
    ] as const;
    const { dir, done } = unpack(files);
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    // As `sha256sum $(find . -type f | sort) | sha256sum` would have it.
    const lines = files
      .map(([name, content]) => `${sha256(content)}  ${name}\n`)
      .toSorted((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
    expect(await done).toBe(`h1:${createHash('sha256').update(lines.join('')).digest('base64')}`);
    const mode = (path: string): number => statSync(join(dir, path)).mode & 0o111;
    expect([mode('bin/go'), mode('pkg/tool/linux_amd64/compile'), mode('lib/wasm/go_js_wasm_exec')]).not.toContain(0);
    expect([mode('VERSION'), mode('src/fmt/print.go')]).toEqual([0, 0]);
    expect(readFileSync(join(dir, 'src/go.mod'), 'utf8')).toBe('module std');
  });

  test.each([
    { name: 'outside of the module', path: 'other/VERSION', message: /does not belong there/ },
    { name: 'a parent', path: `${prefix}../../x`, message: /invalid relative path/ },
    { name: 'a root', path: '/etc/x', message: /absolute path/ },
    { name: 'a directory', path: `${prefix}bin/`, message: /does not belong there/ },
  ])('refuses a name that is $name', async ({ path, message }) => {
    const { dir, done } = unpack([[path, 'x']]);
    await expect(done).rejects.toThrow(message);
    expect(existsSync(join(dir, 'x'))).toBe(false);
    expect(existsSync(join(dir, '..', '..', 'x'))).toBe(false);
  });

  test('refuses what is no zip file', async () => {
    const root = temporaryDirectory('toolchain');
    writeFileSync(join(root, 'x.zip'), '<html>not found</html>');
    await expect(unpackToolchain(join(root, 'x.zip'), join(root, 'out'), prefix)).rejects.toThrow('it is no zip file');
  });

  test('hash1() sorts by bytes', () => {
    const sums = [
      { name: 'b', sum: '1' },
      { name: 'B', sum: '2' },
    ];
    expect(hash1(sums)).toBe(hash1(sums.toReversed()));
  });
});
