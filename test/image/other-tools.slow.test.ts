import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { archiveFileSource, archiveSink } from '../../src/image/archive-place.ts';
import type { Image } from '../../src/image/image.ts';
import { layoutSink, layoutSource } from '../../src/image/layout-place.ts';
import { rootfsArchiveSink } from '../../src/image/rootfs-archive-place.ts';
import { validateImage } from '../../src/image/validate-image.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { craneBinary } from '../test-tools.ts';
import { dockerImage } from './example-image.ts';
import { openFolderBlobStore } from './folder-blob-store.ts';
import { greeting, helloImage } from './hello-image.ts';
import { openPodman, startDockerd } from './real-daemon.ts';
import { temporaryFolder } from './test-places.ts';

const context = { report: (): void => undefined };
const name = 'registry.example/team/hello:1.0';

function tool(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' });
}

async function dockerArchive(image: Image, names: readonly string[] = [name]): Promise<string> {
  const file = join(await temporaryFolder(), 'image.tar');
  await archiveSink({ file, format: 'docker', names: names.map(parseReference) }).write(image, context);
  return file;
}

describe('an OCI layout that we wrote', () => {
  test('is read by skopeo and umoci, and unpacks to what the layers make together', async () => {
    const directory = join(await temporaryFolder(), 'layout');
    const image = helloImage();
    await layoutSink({ directory, tags: ['1.0', 'latest'] }).write(image, context);
    for (const tag of ['1.0', 'latest']) {
      expect(JSON.parse(tool('skopeo', 'inspect', `oci:${directory}:${tag}`))).toMatchObject({ Digest: image.digest });
    }
    const bundle = join(directory, '..', 'bundle');
    tool('umoci', 'unpack', '--image', `${directory}:1.0`, bundle);
    expect(existsSync(join(bundle, 'rootfs', 'data', 'gone'))).toBe(false);
    expect(readFileSync(join(bundle, 'rootfs', 'data', 'kept'), 'utf8')).toBe('kept');
    expect(tool(join(bundle, 'rootfs', 'hello'))).toBe(`${greeting}\n`);
  });

  test('stays usable after another tool has written into it, and after that we', async () => {
    const directory = join(await temporaryFolder(), 'layout');
    const image = helloImage();
    await layoutSink({ directory, tags: ['ours'] }).write(image, context);
    tool('umoci', 'tag', '--image', `${directory}:ours`, 'theirs');
    const other = helloImage(' other');
    await layoutSink({ directory, tags: ['ours'] }).write(other, context);
    expect((await layoutSource({ directory, tag: 'theirs' }).resolve()).digest).toBe(image.digest);
    expect((await layoutSource({ directory, tag: 'ours' }).resolve()).digest).toBe(other.digest);
    expect(JSON.parse(tool('skopeo', 'inspect', `oci:${directory}:ours`))).toMatchObject({ Digest: other.digest });
  });
});

describe('an archive that we wrote', () => {
  test.each([
    { family: 'OCI', image: helloImage() },
    { family: 'Docker', image: dockerImage() },
  ])('is read by skopeo and crane ($family family)', async ({ image }) => {
    const file = await dockerArchive(image);
    expect(JSON.parse(tool('skopeo', 'inspect', `oci-archive:${file}`))).toMatchObject({ Digest: image.digest });
    const inspected = JSON.parse(tool('skopeo', 'inspect', `docker-archive:${file}`)) as { readonly Layers: unknown[] };
    expect(inspected.Layers).toHaveLength(image.layers.length);
    expect(tool(craneBinary(), 'validate', '--tarball', file)).toContain('PASS');
  });

  test('is read by skopeo under its tag', async () => {
    const file = join(await temporaryFolder(), 'oci.tar');
    const image = helloImage();
    await archiveSink({ file, format: 'oci', names: [], tag: '1.0' }).write(image, context);
    expect(JSON.parse(tool('skopeo', 'inspect', `oci-archive:${file}:1.0`))).toMatchObject({ Digest: image.digest });
  });

  test('is loaded and run by podman, under every name', async () => {
    const podman = await openPodman();
    podman.run('load', '-i', await dockerArchive(helloImage()));
    expect(podman.run('run', '--rm', name)).toBe(`${greeting}\n`);
    podman.run('load', '-i', await dockerArchive(helloImage(' two'), ['short', 'registry.example/b:2']));
    const names = podman.run('images', '--format', '{{.Repository}}:{{.Tag}}').trim().split('\n');
    expect(names).toEqual(expect.arrayContaining(['docker.io/library/short:latest', 'registry.example/b:2', name]));
  });

  test('is loaded by podman as a pure OCI archive, also when there were several names', async () => {
    const file = join(await temporaryFolder(), 'oci.tar');
    await archiveSink({ file, format: 'oci', names: [name, 'other'].map(parseReference) }).write(helloImage(), context);
    const podman = await openPodman();
    podman.run('load', '-i', file);
    expect(podman.run('images', '--format', '{{.Repository}}:{{.Tag}}').trim()).toBe(name);
  });

  test('is loaded and run by Docker, under every name', async () => {
    const { docker } = await startDockerd();
    docker('load', '-i', await dockerArchive(helloImage(), ['short', name]));
    expect(docker('run', '--rm', '--network', 'none', name)).toBe(`${greeting}\n`);
    expect(docker('run', '--rm', '--network', 'none', 'short')).toBe(`${greeting}\n`);
  });
});

describe('an archive that others wrote', () => {
  test('is read as docker save writes it, also several images and compressed', async () => {
    const { docker } = await startDockerd();
    const image = helloImage();
    docker('load', '-i', await dockerArchive(image, ['one', 'two:2']));
    docker('load', '-i', await dockerArchive(helloImage(' three'), ['three']));
    const folder = await temporaryFolder();
    const blobs = await openFolderBlobStore();
    const one = join(folder, 'one.tar');
    docker('save', '-o', one, 'one', 'two:2');
    const read = await archiveFileSource({ file: one, blobs }).resolve();
    expect(await validateImage(read)).toEqual([]);
    expect(read.manifest.config.digest).toBe(image.manifest.config.digest);
    execFileSync('gzip', [one]);
    expect((await archiveFileSource({ file: `${one}.gz`, tag: 'two:2', blobs }).resolve()).digest).toBe(read.digest);

    const several = join(folder, 'several.tar');
    docker('save', '-o', several, 'one', 'three');
    await expect(archiveFileSource({ file: several, blobs }).resolve()).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      detail: expect.stringContaining('three:latest'),
    });
    const three = await archiveFileSource({ file: several, tag: 'three', blobs }).resolve();
    expect(three.config.config?.Labels).toEqual({ 'test.extra': ' three' });
  });

  test('is read as podman and skopeo write it', async () => {
    const podman = await openPodman();
    const image = helloImage();
    podman.run('load', '-i', await dockerArchive(image));
    const folder = await temporaryFolder();
    for (const format of ['docker-archive', 'oci-archive']) {
      const file = join(folder, `${format}.tar`);
      podman.run('save', '--format', format, '-o', file, name);
      const read = await archiveFileSource({ file, blobs: await openFolderBlobStore() }).resolve();
      expect(await validateImage(read)).toEqual([]);
      expect(read.layers.map(({ diffId }) => diffId)).toEqual(image.layers.map(({ diffId }) => diffId));
    }
    const from = await dockerArchive(image);
    for (const to of [`docker-archive:${folder}/s.tar:${name}`, `oci-archive:${folder}/o.tar:1.0`]) {
      tool('skopeo', 'copy', `oci-archive:${from}`, to);
      const [, file = '', tag] = /^[a-z-]+:([^:]+):(.+)$/.exec(to) ?? [];
      const read = await archiveFileSource({
        file,
        ...(tag === undefined ? {} : { tag }),
        blobs: await openFolderBlobStore(),
      }).resolve();
      expect(await validateImage(read)).toEqual([]);
    }
    tool('skopeo', 'copy', `oci-archive:${from}`, `oci:${folder}/layout`);
    expect((await layoutSource({ directory: join(folder, 'layout') }).resolve()).digest).toBe(image.digest);
  });
});

describe('a flat archive of the root file system', () => {
  test('runs after docker import, and after tar and chroot', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'rootfs.tar');
    await rootfsArchiveSink({ file }).write(helloImage(), context);
    const { docker } = await startDockerd();
    docker('import', '--change', 'ENTRYPOINT ["/hello"]', file, 'imported');
    expect(docker('run', '--rm', '--network', 'none', 'imported')).toBe(`${greeting}\n`);
    const root = join(folder, 'root');
    mkdirSync(root);
    tool('tar', '-xf', file, '-C', root);
    expect(existsSync(join(root, 'data', 'gone'))).toBe(false);
    expect(tool('chroot', root, '/hello')).toBe(`${greeting}\n`);
  });
});
