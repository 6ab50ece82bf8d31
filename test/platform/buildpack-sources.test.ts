import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { editImage } from '../../src/image/edit-image.ts';
import { parsePlace } from '../../src/image/place.ts';
import { amd64 } from '../image/example-image.ts';
import { startMemoryRegistry } from '../registry/memory-registry.ts';
import { buildpackRig, inDir, nameOf, rigWithOne, type BuildpackRig } from './buildpack-rig.ts';

/** A package `store:labelled` with other metadata than it was made with. */
async function rigWithLabel(label: string): Promise<BuildpackRig> {
  const rig = await rigWithOne();
  await rig.package({ directory: 'one', outputs: ['store:one'] });
  const { places } = rig.tools;
  const image = await (await places.source(parsePlace('store:one'))).resolve(amd64);
  const labelled = editImage(image, {
    created: '1980-01-01T00:00:01Z',
    layers: [],
    config: (config) => ({ ...config, Labels: { ...config.Labels, 'io.buildpacks.buildpackage.metadata': label } }),
  });
  await (await places.sink(parsePlace('store:labelled'), { names: [] })).write(labelled, { report: () => undefined });
  return rig;
}

describe('fetchBuildpacks()', () => {
  test('DST-10 finds the same buildpack in a directory and in archives of it, whatever their names', async () => {
    const rig = await rigWithOne();
    const tar = (...args: readonly string[]): void => void execFileSync('tar', args, { cwd: rig.dir });
    tar('-czf', 'at-the-top.tgz', '-C', 'one', '.');
    tar('-cf', 'plain.tar', '-C', 'one', 'buildpack.toml', 'bin');
    tar('-czf', 'in-a-folder.bin', 'one');
    const expected = await (await rig.find('./one')).main.buildpack.fingerprint();
    for (const text of ['at-the-top.tgz', 'plain.tar', 'in-a-folder.bin', `file://${rig.dir}/plain.tar`]) {
      const found = await rig.find(text);
      expect(nameOf(found), text).toBe('acme/one@1.0.0');
      expect(await found.main.buildpack.fingerprint(), text).toBe(expected);
    }
  });

  test('DST-01 and DST-05 finds it in a package: a file, a layout, the store, a registry', async () => {
    const registry = await startMemoryRegistry();
    const rig = await rigWithOne();
    const outputs = ['one.cnb', 'oci:layout', 'store:acme/package', `docker://${registry.host}/acme/one:1`];
    await rig.package({ directory: 'one', outputs: outputs.map((place) => inDir(rig, place)) });
    const expected = await (await rig.find('./one')).main.buildpack.fingerprint();
    for (const text of ['one.cnb', 'layout', inDir(rig, 'oci:layout'), 'store:acme/package', outputs[3] ?? '']) {
      const found = await rig.find(text);
      expect(nameOf(found), text).toBe('acme/one@1.0.0');
      expect(await found.main.buildpack.fingerprint(), text).toBe(expected);
    }
    expect((await rig.find(outputs[3] ?? '')).input?.value).toMatch(/\/acme\/one@sha256:[0-9a-f]{64}$/);
  });

  test('a package whose registry is asked again is not fetched again', async () => {
    const registry = await startMemoryRegistry();
    const rig = await rigWithOne();
    const place = `docker://${registry.host}/acme/one:1`;
    await rig.package({ directory: 'one', outputs: [place] });
    const other = await buildpackRig();
    await other.find(place);
    const before = registry.requests.length;
    await other.find(place);
    const paths = registry.requests.slice(before).map(({ path }) => path);
    expect(paths.filter((path) => path.includes('/blobs/'))).toEqual([]);
  });

  test('a package for one platform is taken for another: its buildpacks say what they can build for', async () => {
    const rig = await rigWithOne();
    await rig.package({ directory: 'one', outputs: [join(rig.dir, 'one.cnb')], targets: ['linux/arm64'] });
    expect(nameOf(await rig.find('one.cnb'))).toBe('acme/one@1.0.0');
  });

  test.each([
    { what: 'no archive', name: 'x.bin', content: 'hello', problem: 'is no archive' },
    { what: 'an empty file', name: 'x.tgz', content: '', problem: 'it has neither a buildpack.toml nor a module' },
  ])('refuses $what', async ({ name, content, problem }) => {
    const rig = await buildpackRig();
    writeFileSync(join(rig.dir, name), content);
    await expect(rig.find(name)).rejects.toMatchObject({
      code: 'BUILDPACK_INVALID',
      message: expect.stringContaining(problem),
    });
  });

  test('refuses an image without the labels of a buildpackage, and says which are missing', async () => {
    const rig = await rigWithOne();
    const { storeSink } = await import('../../src/image/store-place.ts');
    const { scratchImage } = await import('../../src/image/scratch.ts');
    const { parseReference } = await import('../../src/registry/reference.ts');
    const sink = storeSink({ images: rig.tools.store.images, reference: parseReference('plain') });
    await sink.write(scratchImage(amd64), { report: () => undefined });
    await expect(rig.find('store:plain')).rejects.toThrow('has no label io.buildpacks.buildpackage.metadata');
  });

  test('says that an image extension is one', async () => {
    const rig = await rigWithOne();
    const { storeSink } = await import('../../src/image/store-place.ts');
    const { scratchImage } = await import('../../src/image/scratch.ts');
    const { parseReference } = await import('../../src/registry/reference.ts');
    const sink = storeSink({ images: rig.tools.store.images, reference: parseReference('extension') });
    const Labels = { 'io.buildpacks.extension.layers': '{}' };
    const image = editImage(scratchImage(amd64), {
      created: '1980-01-01T00:00:01Z',
      layers: [],
      config: (config) => ({ ...config, Labels }),
    });
    await sink.write(image, { report: () => undefined });
    await expect(rig.find('store:extension')).rejects.toThrow('it is an image extension');
  });

  test.each([
    {
      what: 'DST-03 another version',
      label: '{"id":"acme/one","version":"2.0.0"}',
      problem: 'acme/one@2.0.0, which it is said to be, is not in it',
    },
    {
      what: 'DST-03 another buildpack',
      label: '{"id":"acme/two","version":"1.0.0"}',
      problem: 'acme/two@1.0.0, which',
    },
    { what: 'DST-03 no version', label: '{"id":"acme/one"}', problem: 'has no label' },
  ])('refuses a package whose label says $what', async ({ label, problem }) => {
    const rig = await rigWithLabel(label);
    await expect(rig.find('store:labelled')).rejects.toThrow(problem);
  });

  test('DST-04 takes a package whose label names no stacks', async () => {
    const rig = await rigWithLabel('{"id":"acme/one","version":"1.0.0"}');
    expect(nameOf(await rig.find('store:labelled'))).toBe('acme/one@1.0.0');
  });
});

describe('fetchBuildpacks() with addresses', () => {
  async function served(): Promise<{ readonly rig: BuildpackRig; readonly url: string; readonly sha256: string }> {
    const rig = await rigWithOne();
    execFileSync('tar', ['-czf', 'one.tgz', '-C', 'one', '.'], { cwd: rig.dir });
    const bytes = readFileSync(join(rig.dir, 'one.tgz'));
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/moved')) response.writeHead(302, { location: '/one.tgz' }).end();
      else if (request.url?.startsWith('/one.tgz')) response.end(bytes);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { rig, url, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  test('DST-10 downloads an archive, compares its digest, and shows no secret of its address', async () => {
    const { rig, url, sha256 } = await served();
    const found = await rig.find(`${url}/moved?token=hush#sha256=${sha256}`);
    expect(nameOf(found)).toBe('acme/one@1.0.0');
    expect(found.input).toMatchObject({ name: `buildpack ${url}/moved?…`, value: `sha256:${sha256}` });
    expect(JSON.stringify([found.input, rig.events])).not.toContain('hush');
  });

  test('refuses another content than was asked for, and says when there is none', async () => {
    const { rig, url, sha256 } = await served();
    const other = 'a'.repeat(64);
    await expect(rig.find(`${url}/one.tgz#sha256=${other}`)).rejects.toMatchObject({
      code: 'BUILDPACK_INVALID',
      message: `Cannot download "${url}/one.tgz": its sha256 is ${sha256}, ${other} was asked for`,
    });
    await expect(rig.find(`${url}/none.tgz`)).rejects.toThrow('it answered 404');
  });
});

describe('fetchBuildpacks() with archives of strangers', () => {
  test.each([
    { link: 'buildpack.toml', target: '/etc/hostname' },
    { link: 'bin', target: '/usr/bin' },
    { link: 'package.json', target: `${'../'.repeat(20)}etc/hostname` },
  ])('follows no $link that leads out of the archive', async ({ link, target }) => {
    const rig = await buildpackRig();
    const files: Record<string, string> = { 'index.mjs': 'export default 1', [link]: `→ ${target}` };
    if (link === 'bin') files['buildpack.toml'] = 'api = "0.12"\n[buildpack]\nid = "a/b"\nversion = "1.0.0"\n';
    rig.files('evil', files);
    execFileSync('tar', ['-czf', 'evil.tgz', '-C', 'evil', '.'], { cwd: rig.dir });
    await expect(rig.find('evil.tgz')).rejects.toThrow('is a link that leads out of it');
  });

  test('compiles no TypeScript, which may import any file of the user', async () => {
    const rig = await buildpackRig();
    rig.files('module', { 'buildpack.ts': `import secret from '/etc/passwd';\nexport default secret;\n` });
    execFileSync('tar', ['-czf', 'module.tgz', '-C', 'module', '.'], { cwd: rig.dir });
    await expect(rig.find('module.tgz')).rejects.toThrow('is TypeScript, which is only taken from a directory');
  });

  test('writes nothing outside of the store', async () => {
    const rig = await buildpackRig();
    rig.files('outside', { file: 'x' });
    execFileSync('tar', ['-cPf', 'up.tar', '--transform', 's,^outside/file,../../up,', 'outside/file'], {
      cwd: rig.dir,
    });
    await expect(rig.find('up.tar')).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });
});
