import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveImageName } from '../../src/platform/image-name.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

interface Case {
  readonly folder: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly projectName?: string;
  readonly name: string;
}

test.each<Case>([
  { folder: 'My App', name: 'my-app' },
  { folder: 'x', files: { 'go.mod': 'module example.com/tools/hello/v2\n' }, name: 'hello' },
  { folder: 'x', files: { 'go.mod': 'module "quoted"\n' }, name: 'quoted' },
  { folder: 'x', files: { 'go.mod': 'module v2\n' }, name: 'v2' },
  { folder: 'x', files: { 'package.json': '{"name":"@acme/Web.Shop"}' }, name: 'acme/web.shop' },
  { folder: 'x', files: { 'go.mod': 'module a/go-one', 'package.json': '{"name":"node-one"}' }, name: 'go-one' },
  { folder: 'x', files: { 'package.json': '{' }, name: 'x' },
  { folder: 'x', files: { 'go.mod': 'module a/b' }, projectName: 'Chosen', name: 'chosen' },
  { folder: '…', name: 'app' },
])(
  'deriveImageName() names $folder with $files $projectName: $name',
  async ({ folder, files = {}, projectName, name }) => {
    const appDir = join(temporaryDirectory('name'), folder);
    mkdirSync(appDir);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(appDir, file), text);
    expect((await deriveImageName({ appDir, projectName })).name).toBe(name);
  },
);

test('deriveImageName() always gives a name that a registry accepts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (projectName) => {
      const { name } = await deriveImageName({ appDir: '/nowhere/app', projectName });
      expect(() => parseReference(name)).not.toThrow();
    }),
  );
});
