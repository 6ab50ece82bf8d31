import type { Readable } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../registry/reference.ts';
import { formatReference } from '../registry/reference.ts';
import { archiveSource } from './archive-source.ts';
import type { BlobStore } from './blob-store.ts';
import { askDaemon, findDaemonSocket } from './daemon-socket.ts';
import type { Image } from './image.ts';
import { indexNames, layoutArchive } from './layout-archive.ts';
import type { ImageSink, ImageSource, WriteContext, WrittenImage } from './place.ts';

export interface DaemonPlace {
  readonly reference: Reference;
  /** DOCKER_HOST and XDG_RUNTIME_DIR are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface DaemonSourceOptions extends DaemonPlace {
  /** Where layers are put when their bytes are needed. */
  readonly blobs: BlobStore;
}

/** An image of a Docker daemon (or podman's service), as the daemon exports it. Its manifest is not the one that it was pulled with. */
export function daemonSource({ reference, env, blobs }: DaemonSourceOptions): ImageSource {
  const name = formatReference(reference);
  return {
    async resolve(platform?: Platform): Promise<Image> {
      const socket = findDaemonSocket(env);
      await checkThere(socket, name);
      const open = async (): Promise<Readable> => {
        const { status, body } = await askDaemon(socket, {
          method: 'GET',
          path: `/images/get?names=${encodeURIComponent(name)}`,
        });
        if (status !== 200) throw await refused(`Cannot export image "${name}"`, status, body);
        return body;
      };
      return archiveSource({ name: `docker-daemon:${name}`, blobs, open }).resolve(platform);
    },
  };
}

async function checkThere(socket: string, name: string): Promise<void> {
  const { status, body } = await askDaemon(socket, { method: 'GET', path: `/images/${name}/json` });
  if (status === 404) {
    body.destroy();
    throw new TsbuildpackError('IMAGE_NOT_FOUND', `Cannot find image "${name}": the daemon has none of that name`, {
      hint: '"docker images" lists what there is',
    });
  }
  if (status !== 200) throw await refused(`Cannot look for image "${name}"`, status, body);
  body.destroy();
}

/** Loads an image into a Docker daemon (or podman's service), under this name. Layers that it has are sent all the same: its API knows no other way. */
export function daemonSink({ reference, env }: DaemonPlace): ImageSink {
  const name = formatReference(reference);
  return {
    async write(image: Image, { signal }: WriteContext): Promise<WrittenImage> {
      const socket = findDaemonSocket(env);
      const archive = layoutArchive(image, { names: indexNames([reference]), docker: [reference] });
      const action = `Cannot load image "${name}" into the daemon`;
      const { status, body } = await askDaemon(socket, {
        method: 'POST',
        path: '/images/load?quiet=1',
        body: archive,
        signal,
      });
      if (status !== 200) throw await refused(action, status, body);
      const problem = failureIn(await text(body));
      // The daemon has said 200 before it looked at what came.
      if (problem !== undefined) throw new TsbuildpackError('OUTPUT_FAILED', `${action}: ${problem}`);
      await checkThere(socket, name);
      return { reference: `docker-daemon:${name}`, digest: image.digest };
    },
  };
}

/** Answers come as JSON objects one after the other: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageLoad */
function failureIn(answer: string): string | undefined {
  return messageIn(answer, /"error"\s*:\s*("(?:[^"\\]|\\.)*")/);
}

async function refused(action: string, status: number, body: Readable): Promise<TsbuildpackError> {
  const message = messageIn(await text(body), /"message"\s*:\s*("(?:[^"\\]|\\.)*")/);
  return new TsbuildpackError(
    'OUTPUT_FAILED',
    `${action}: it answered ${status}${message === undefined ? '' : ` (${message})`}`,
  );
}

/** A JSON text in the answer, made fit for one line of a terminal. */
function messageIn(answer: string, pattern: RegExp): string | undefined {
  const found = pattern.exec(answer.replaceAll(/\s+/g, ' '))?.[1];
  if (found === undefined) return undefined;
  const message: unknown = JSON.parse(found);
  return String(message)
    .replaceAll(/\p{C}+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 500);
}

const maxAnswerBytes = 1 << 20;

async function text(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const source: AsyncIterable<Buffer> = body;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxAnswerBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
