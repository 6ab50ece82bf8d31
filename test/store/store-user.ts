// A process that uses a store, for tests of several at once: node store-user.mjs ACTION STORE [ARGUMENT…]
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { TsbuildpackError } from '../../src/errors.ts';
import { digestOf, parseDigest } from '../../src/oci/digest.ts';
import { openStore } from '../../src/store/open-store.ts';
import { imageOf, memoryLayer } from './image-fixture.ts';

const actions: Readonly<Record<string, (dir: string, argument: string) => Promise<void>>> = {
  open: async (dir) => {
    const store = await openStore(dir, { report });
    store.close();
  },
  put: async (dir, size) => {
    const store = await openStore(dir, { report });
    const bytes = randomBytes(Number(size));
    await store.blobs.put(digestOf(bytes), () => Readable.from([bytes], { objectMode: false }));
    store.close();
    process.stdout.write(`stored ${size}\n`);
  },
  /** Never ends: announces itself when it is in the middle of writing a blob. */
  'write-for-ever': async (dir) => {
    const store = await openStore(dir, { report });
    const { path } = await store.blobs.create();
    await store.scope({ scope: 'app', target: 'linux/amd64' });
    writeFileSync(path, randomBytes(1 << 20));
    process.stdout.write('writing\n');
    await delay(600_000);
  },
  /** What builds do, as fast as they can: find or make blobs, name an image, read all of it back. */
  build: async (dir, seed) => {
    for (let round = 0; round < 30; round += 1) {
      const store = await openStore(dir, { report });
      // Every build shares some layers with the others, and with its own earlier rounds.
      const layers = ['shared', `of ${seed}`, `round ${round % 3}`].map((text) => memoryLayer(text.repeat(2000)));
      for (const layer of layers) {
        if (await store.blobs.has(layer.digest)) continue;
        const { path } = await store.blobs.create();
        const bytes = Buffer.concat(await (await layer.open()).toArray());
        writeFileSync(path, bytes);
        await store.blobs.commit(path, digestOf(bytes), bytes.length);
      }
      // A build takes its time between making a layer and using it.
      await delay(Math.random() * 15);
      const image = imageOf(layers.map((layer) => store.blobs.layer(layer)));
      await store.images.put(`app-${seed}`, image);
      const stored = await store.images.get(`app-${seed}`);
      if (stored === undefined) throw new Error('The image is gone');
      for (const layer of stored.layers) await readThrough(await layer.open(), layer.digest);
      const tool = await store.toolchains.ensure(`tool ${round % 2}`, async (place) =>
        writeFileSync(join(place, 'tool'), 'x'),
      );
      await delay(Math.random() * 5);
      if (!existsSync(join(tool, 'tool'))) throw new Error('The toolchain is gone');
      store.close();
    }
  },
  prune: async (dir, until) => {
    let removed = 0;
    process.stdout.write('pruning\n');
    while (!existsSync(until)) {
      const store = await openStore(dir, { report });
      const result = await store.prune();
      removed += result.removed.length;
      store.close();
      await delay(2);
    }
    process.stdout.write(`${removed}\n`);
  },
  fill: async (dir, log) => {
    const store = await openStore(dir, { report });
    const tool = await store.toolchains.ensure('go1.26', async (place) => {
      writeFileSync(log, `${process.pid}\n`, { flag: 'a' });
      await delay(100);
      writeFileSync(join(place, 'go'), 'binary');
    });
    if (!existsSync(join(tool, 'go'))) throw new Error('The toolchain is not filled');
    store.close();
  },
};

async function readThrough(bytes: AsyncIterable<unknown>, expected: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) if (chunk instanceof Uint8Array) hash.update(chunk);
  const found = parseDigest(`sha256:${hash.digest('hex')}`);
  if (found !== expected) throw new Error(`Read ${found} instead of ${expected}`);
}

function report(): void {
  // Nobody looks.
}

const [name = '', dir = '', argument = ''] = process.argv.slice(2);
try {
  await actions[name]?.(dir, argument);
} catch (error) {
  process.stderr.write(error instanceof TsbuildpackError ? `${error.code} ${error.message}\n` : `${String(error)}\n`);
  process.exitCode = 1;
}
