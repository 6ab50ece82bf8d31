import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { archiveFileSource, archiveSink } from '../../src/image/archive-place.ts';
import { daemonSink, daemonSource } from '../../src/image/daemon-place.ts';
import { layoutSink, layoutSource } from '../../src/image/layout-place.ts';
import type { ImageSink, ImageSource } from '../../src/image/place.ts';
import { registrySink, registrySource } from '../../src/image/registry-place.ts';
import { storeSink, storeSource } from '../../src/image/store-place.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { openStore } from '../../src/store/open-store.ts';
import { startMemoryRegistry } from '../registry/memory-registry.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { openFolderBlobStore } from './folder-blob-store.ts';
import { startMemoryDaemon } from './memory-daemon.ts';

/** A place to write images to under tags and to read them from again. */
export interface TestPlace {
  sink(tag: string): ImageSink;
  source(tag: string): ImageSource;
}

export interface TestPlaceKind {
  readonly name: string;
  /** Several images have room in it. */
  readonly holdsMany: boolean;
  create(): Promise<TestPlace>;
}

export async function temporaryFolder(): Promise<string> {
  const folder = temporaryDirectory('tsb-image');
  return folder;
}

export const testPlaces: readonly TestPlaceKind[] = [
  {
    name: 'registry',
    holdsMany: true,
    async create() {
      const { host } = await startMemoryRegistry();
      // Another client and store for reading: nothing is known from writing.
      const client = () => createRegistryClient({ env: { HOME: '/nonexistent' } });
      const blobs = await openFolderBlobStore();
      const reference = (tag: string) => parseReference(`${host}/team/app:${tag}`);
      return {
        sink: (tag) => registrySink({ reference: reference(tag), client: client() }),
        source: (tag) => registrySource({ reference: reference(tag), client: client(), blobs }),
      };
    },
  },
  {
    name: 'oci layout',
    holdsMany: true,
    async create() {
      const directory = join(await temporaryFolder(), 'layout');
      return {
        sink: (tag) => layoutSink({ directory, tags: [tag] }),
        source: (tag) => layoutSource({ directory, tag }),
      };
    },
  },
  ...(['oci', 'docker'] as const).map((format) => ({
    name: `${format} archive`,
    holdsMany: false,
    async create(): Promise<TestPlace> {
      const file = join(await temporaryFolder(), 'image.tar');
      const blobs = await openFolderBlobStore();
      return {
        sink: (tag) => archiveSink({ file, format, names: [parseReference(`app:${tag}`)] }),
        source: (tag) => archiveFileSource({ file, tag, blobs }),
      };
    },
  })),
  {
    name: 'docker daemon',
    holdsMany: true,
    async create() {
      const { host } = await startMemoryDaemon();
      const env = { DOCKER_HOST: host };
      const blobs = await openFolderBlobStore();
      const reference = (tag: string) => parseReference(`app:${tag}`);
      return {
        sink: (tag) => daemonSink({ reference: reference(tag), env }),
        source: (tag) => daemonSource({ reference: reference(tag), env, blobs }),
      };
    },
  },
  {
    name: 'store',
    holdsMany: true,
    async create() {
      const store = await openStore(join(await temporaryFolder(), 'store'), { report: () => undefined });
      onTestFinished(() => store.close());
      const reference = (tag: string) => parseReference(`app:${tag}`);
      return {
        sink: (tag) => storeSink({ images: store.images, reference: reference(tag) }),
        source: (tag) => storeSource({ images: store.images, reference: reference(tag) }),
      };
    },
  },
];
