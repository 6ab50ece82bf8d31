import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { joinBytePath } from '../../src/fs/byte-path.ts';
import { directoryEntries } from '../../src/layer/directory-entries.ts';
import { tarBytes } from '../../src/layer/tar-writer.ts';
import { arbitraryName } from './support/arbitrary-entry.ts';
import { buildGoTar } from './support/go-tar.ts';

const go = buildGoTar();

type Node =
  | { readonly kind: 'file'; readonly content: Uint8Array; readonly mode: number }
  | { readonly kind: 'symlink'; readonly target: Buffer }
  | { readonly kind: 'fifo' }
  | { readonly kind: 'directory'; readonly mode: number; readonly children: readonly (readonly [Buffer, Node])[] };

const file = fc.record({
  kind: fc.constant('file' as const),
  content: fc.uint8Array({ maxLength: 1500 }),
  mode: fc.nat(0o7777),
});
const symlink = fc.record({
  kind: fc.constant('symlink' as const),
  target: fc.oneof(
    arbitraryName,
    fc.array(arbitraryName, { minLength: 1, maxLength: 4 }).map((names) => Buffer.from(names.join('/'))),
  ),
});
const { tree } = fc.letrec<{ tree: Node; node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    { weight: 5, arbitrary: file },
    { weight: 1, arbitrary: symlink },
    { weight: 1, arbitrary: fc.constant({ kind: 'fifo' as const }) },
    { weight: 4, arbitrary: tie('tree') },
  ),
  tree: fc.record({
    kind: fc.constant('directory' as const),
    mode: fc.nat(0o7777),
    children: fc.array(fc.tuple(arbitraryName, tie('node')), { maxLength: 8 }),
  }),
}));

function make(path: Buffer, node: Node): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined || path.length > 3500) return;
  if (node.kind === 'file') writeFileSync(path, node.content);
  else if (node.kind === 'symlink') symlinkSync(node.target, path);
  else if (node.kind === 'fifo') makeFifo(path);
  else {
    mkdirSync(path);
    for (const [name, child] of node.children) make(Buffer.from(joinBytePath(path, name)), child);
  }
  if (node.kind === 'file' || node.kind === 'directory')
    chmodSync(path, node.mode | (node.kind === 'directory' ? 0o700 : 0o400));
}

/** A program's arguments are text in Node.js: the shell decodes an octal escape for each byte. */
function makeFifo(path: Buffer): void {
  const octal = [...path].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
  execFileSync('bash', ['-c', 'printf -v path %b "$1x"; mkfifo -- "${path%x}"', 'bash', octal]);
}

test.each(['walk', 'path'] as const)(
  'archives have the bytes that archive/tar gives for any tree, in order %s',
  (order) => {
    const root = temporaryDirectory('trees');
    let count = 0;
    fc.assert(
      fc.property(tree, fc.nat(70_000), fc.nat(3_000_000), (node, uid, gid) => {
        count += 1;
        const dir = join(root, String(count));
        make(Buffer.from(dir), node);
        const hash = createHash('sha256');
        for (const chunk of tarBytes(
          directoryEntries(dir, '/layers/x/y', { uid, gid, order, report: () => undefined }),
        )) {
          hash.update(chunk);
        }
        const expected = createHash('sha256').update(go.tree(dir, '/layers/x/y', { uid, gid, order }));
        expect(hash.digest('hex')).toBe(expected.digest('hex'));
      }),
      { numRuns: 60 },
    );
    expect(count).toBeGreaterThan(50);
    rmSync(root, { recursive: true });
  },
);

test('archives of a large file and of a device have the bytes that archive/tar gives', () => {
  const root = temporaryDirectory('trees');
  writeFileSync(join(root, 'large'), Buffer.alloc(5_000_003, 'large '));
  writeFileSync(join(root, 'next'), 'next');
  const options = { uid: 1, gid: 2, order: 'walk' as const };
  for (const dir of [root, '/dev/null', '/dev/full']) {
    const chunks = tarBytes(directoryEntries(dir, '/x', { ...options, report: () => undefined }));
    expect(Buffer.concat([...chunks]).equals(go.tree(dir, '/x', options)), dir).toBe(true);
  }
});
