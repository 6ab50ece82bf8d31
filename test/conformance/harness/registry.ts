import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { registrySink, registrySource, type RegistryPlace } from '../../../src/image/registry-place.ts';
import type { Image } from '../../../src/image/image.ts';
import { createRegistryClient } from '../../../src/registry/client.ts';
import { parseReference } from '../../../src/registry/reference.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import { openStore } from '../../../src/store/open-store.ts';

/** Nobody else is in the network namespace. */
const port = 5000;

/** In front of the names of images. Both sides ask a registry on loopback over plain HTTP. */
export const registryName: string = `127.0.0.1:${port}`;

/** Starts the registry of the distribution project, empty, which keeps everything in memory. */
export async function startRegistry(): Promise<ChildProcess> {
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { inmemory: {}, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
  };
  const file = '/tmp/registry.json';
  writeFileSync(file, JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', file], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } });
  for (let tries = 0; !(await answers()); tries += 1) {
    if (tries > 500) throw new Error('The registry does not answer');
    await wait(20);
  }
  return child;
}

export async function stopRegistry(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

export async function pushImage(name: string, image: Image): Promise<void> {
  await registrySink(placeOf(name)).write(image, { report: () => {} });
}

/** Undefined when there is none. */
export async function pullImage(name: string): Promise<Image | undefined> {
  const { blobs } = await openStore('/base', { report: () => {} });
  try {
    return await registrySource({ ...placeOf(name), blobs }).resolve();
  } catch {
    return undefined;
  }
}

export async function isInRegistry(name: string, digest: Digest): Promise<boolean> {
  const { client, reference } = placeOf(name);
  return (await client.repository(reference).headManifest(digest)) !== undefined;
}

function placeOf(name: string): RegistryPlace {
  return {
    reference: parseReference(`${registryName}/${name}`),
    client: createRegistryClient({ env: { HOME: '/home/cnb' } }),
  };
}
