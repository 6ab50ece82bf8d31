import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { ArchiveContents } from '../../src/image/archive-contents.ts';
import { parseReference, formatReference } from '../../src/registry/reference.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { openFolderBlobStore } from './folder-blob-store.ts';

export interface MemoryDaemon {
  /** For DOCKER_HOST. */
  readonly host: string;
  readonly requests: string[];
  /** What it says to the next load, after it has taken everything. */
  loadAnswer: { readonly status: number; readonly body: string };
}

/** The three calls of Docker's Engine API that images need, on a socket of its own. An image is kept as the archive that it came in. */
export async function startMemoryDaemon(): Promise<MemoryDaemon> {
  const folder = temporaryDirectory('tsb-daemon');
  const socket = join(folder, 'docker.sock');
  const images = new Map<string, Buffer>();
  const daemon: MemoryDaemon = {
    host: `unix://${socket}`,
    requests: [],
    loadAnswer: { status: 200, body: '{"stream":"Loaded image"}\n' },
  };

  async function load(archive: Buffer): Promise<void> {
    const open = async (): Promise<Readable> => Readable.from([archive]);
    const contents = await ArchiveContents.read({ name: 'load', open, blobs: await openFolderBlobStore() });
    const entries = JSON.parse(Buffer.from(contents.document('manifest.json')).toString()) as { RepoTags: string[] }[];
    for (const name of entries.flatMap(({ RepoTags }) => RepoTags))
      images.set(formatReference(parseReference(name)), archive);
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://docker');
    daemon.requests.push(`${request.method} ${url.pathname}`);
    void (async () => {
      if (request.method === 'POST') {
        const archive = await buffer(request);
        if (/Loaded/.test(daemon.loadAnswer.body)) await load(archive);
        response.writeHead(daemon.loadAnswer.status).end(daemon.loadAnswer.body);
        return;
      }
      const name = url.searchParams.get('names') ?? /^\/images\/(.+)\/json$/.exec(url.pathname)?.[1] ?? '';
      const archive = images.get(name);
      if (archive === undefined) response.writeHead(404).end(JSON.stringify({ message: `No such image: ${name}` }));
      else response.writeHead(200).end(url.pathname === '/images/get' ? archive : '{}');
    })();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });
  return daemon;
}
