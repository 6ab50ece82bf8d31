import { expect, test } from 'vitest';
import { imageFiles, overlaidFiles } from '../../src/stack/image-files.ts';
import type { ImageNode } from '../../src/stack/image-files.ts';
import { flattenScans, scanLayer } from '../../src/stack/layer-scan.ts';
import { makeElf } from '../elf/make-elf.ts';
import type { LayerContent } from './layer-fixture.ts';
import { layerOf } from './layer-fixture.ts';

async function flattened(...contents: readonly LayerContent[]): Promise<ReadonlyMap<string, ImageNode>> {
  const scans = [];
  for (const content of contents) scans.push(await scanLayer(await layerOf(content)));
  return flattenScans(scans);
}

test('flattenScans() puts layers on top of one another, with their deletions', async () => {
  const files = await flattened(
    {
      './etc/': '',
      './etc/a': '1',
      'etc/b': '2',
      'lib/x/one': '',
      'lib/x/two': '',
      'opt/gone/deep/file': '',
      var: 'file',
    },
    {
      'etc/.wh.a': '',
      'lib/x/.wh..wh..opq': '',
      'lib/x/three': '',
      '/opt/.wh.gone': '',
      'opt/gone/new': '',
      'var/': '',
      'var/in': '',
    },
    { 'lib/': '', etc: '-> var', '.wh..wh.plnk': '' },
  );
  expect([...files.keys()].toSorted()).toEqual(['/etc', '/lib', '/lib/x/three', '/opt/gone/new', '/var', '/var/in']);
  expect(files.get('/etc')).toEqual({ type: 'symlink', target: 'var' });
});

test('scanLayer() ignores names that leave the root and gives hard links what they link to', async () => {
  const elf = makeElf({ soname: 'liba.so.1', type: 3 });
  const files = await flattened({
    '../evil': 'x',
    'a/../../b': 'x',
    'lib/liba.so.1': elf,
    'lib/again.so': '=> lib/liba.so.1',
  });
  expect([...files.keys()]).toEqual(['/lib/liba.so.1', '/lib/again.so']);
  expect(files.get('/lib/again.so')).toEqual(files.get('/lib/liba.so.1'));
  expect(files.get('/lib/again.so')).toMatchObject({ elf: { arch: 'amd64' } });
});

test('scanLayer() keeps the text of what tells about the image, and of nothing else', async () => {
  const files = await flattened({
    'usr/lib/os-release': 'ID=debian',
    'etc/ld.so.conf.d/x.conf': '/opt/lib',
    'etc/shadow': 'root:secret',
    'lib/apk/db/installed': 'P:busybox\nV:1.37\n\nC:Q1\nP:musl\nV:1.2.5-r10\n\nP:zlib\nV:1',
    'lib/broken.so': 'no elf',
  });
  expect(Object.fromEntries(files)).toEqual({
    '/usr/lib/os-release': { type: 'file', text: 'ID=debian' },
    '/etc/ld.so.conf.d/x.conf': { type: 'file', text: '/opt/lib' },
    '/etc/shadow': { type: 'file' },
    '/lib/apk/db/installed': { type: 'file', text: 'C:Q1\nP:musl\nV:1.2.5-r10' },
    '/lib/broken.so': { type: 'file' },
  });
});

test.each([
  { path: '/lib/x.so', found: '/usr/lib/x.so' },
  { path: '/lib64/x.so', found: '/usr/lib/x.so' },
  { path: '/usr/lib/link.so', found: '/usr/lib/x.so' },
  { path: '/usr/bin/../lib/./x.so', found: '/usr/lib/x.so' },
  { path: '/up', found: '/usr/lib/x.so' },
  { path: '/loop', found: undefined },
  { path: '/usr/lib', found: undefined },
  { path: '/absent', found: undefined },
])('find() follows the links of $path inside the image', ({ path, found }) => {
  const nodes: Record<string, ImageNode> = {
    '/usr': { type: 'directory' },
    '/usr/lib': { type: 'directory' },
    '/usr/lib/x.so': { type: 'file' },
    '/usr/lib/link.so': { type: 'symlink', target: 'x.so' },
    '/lib': { type: 'symlink', target: 'usr/lib' },
    '/lib64': { type: 'symlink', target: '/lib' },
    '/up': { type: 'symlink', target: '../../usr/lib/x.so' },
    '/loop': { type: 'symlink', target: 'loop' },
  };
  expect(imageFiles(new Map(Object.entries(nodes))).find(path)?.path).toBe(found);
});

test('overlaidFiles() asks the first set first', () => {
  const app = imageFiles(new Map([['/a', { type: 'file', text: 'app' }]]));
  const base = imageFiles(
    new Map(['/a', '/b'].map((path): [string, ImageNode] => [path, { type: 'file', text: 'base' }])),
  );
  const both = overlaidFiles(app, base);
  expect([both.text('/a'), both.text('/b'), both.find('/c')]).toEqual(['app', 'base', undefined]);
  expect([...both.paths()]).toEqual(['/a', '/a', '/b']);
});
