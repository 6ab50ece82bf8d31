import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { daemonSink } from '../../src/image/daemon-place.ts';
import { findDaemonSocket } from '../../src/image/daemon-socket.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { exampleImage } from './example-image.ts';
import { startMemoryDaemon } from './memory-daemon.ts';
import { temporaryFolder } from './test-places.ts';

const context = { report: (): void => undefined };
const reference = parseReference('app:1');

function load(host: string, signal?: AbortSignal): Promise<unknown> {
  return daemonSink({ reference, env: { DOCKER_HOST: host } }).write(exampleImage(), { ...context, signal });
}

describe('daemonSink()', () => {
  test.each([
    {
      status: 200,
      body: '{"stream":"Loading"}\n{"errorDetail":{"message":"no space \\u001b[31m left"},"error":"no space \\u001b[31m left"}\n',
      message: 'no space [31m left',
    },
    { status: 500, body: '{"message":"an error of the daemon"}', message: 'it answered 500 (an error of the daemon)' },
    { status: 500, body: 'error '.repeat(1_000_000), message: 'it answered 500' },
  ])('says what the daemon said: $message', async ({ status, body, message }) => {
    const daemon = await startMemoryDaemon();
    daemon.loadAnswer = { status, body };
    await expect(load(daemon.host)).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: `Cannot load image "docker.io/library/app:1" into the daemon: ${message}`,
    });
  });

  test('notices that the image is not there although the daemon said nothing', async () => {
    const daemon = await startMemoryDaemon();
    daemon.loadAnswer = { status: 200, body: '{"stream":"no error, and no image"}' };
    await expect(load(daemon.host)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  test('says why it cannot talk to a daemon', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(load(`unix://${folder}/nope.sock`)).rejects.toMatchObject({
      code: 'DAEMON_UNAVAILABLE',
      message: expect.stringContaining('no such socket'),
    });
    await expect(load(`unix://${folder}/file`)).rejects.toMatchObject({ code: 'DAEMON_UNAVAILABLE' });
    await expect(load('tcp://127.0.0.1:2375')).rejects.toMatchObject({
      code: 'DAEMON_UNAVAILABLE',
      hint: expect.stringContaining('docker-archive'),
    });
    await expect(load('ssh://user@host')).rejects.toMatchObject({ code: 'DAEMON_UNAVAILABLE' });
  });

  test('gives up when it is told to', async () => {
    const socket = join(await temporaryFolder(), 'silent.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    onTestFinished(() => void server.close());
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(load(`unix://${socket}`, controller.signal)).rejects.toThrow('enough');
  });
});

test("findDaemonSocket() takes DOCKER_HOST's socket, and podman's where Docker's is not", async () => {
  expect(findDaemonSocket({ DOCKER_HOST: 'unix:///some/where.sock' })).toBe('/some/where.sock');
  const runtime = await temporaryFolder();
  await writeFile(join(runtime, 'docker.sock'), '');
  expect([join(runtime, 'docker.sock'), '/var/run/docker.sock']).toContain(
    findDaemonSocket({ XDG_RUNTIME_DIR: runtime }),
  );
});
