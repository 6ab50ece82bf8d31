import type { Readable } from 'node:stream';

/** Bytes to send; opened again for every attempt (a challenge, a redirect). */
export interface HttpBody {
  readonly sizeBytes: number;
  open(): Promise<Readable | Uint8Array>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; several values of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Has to be read, discarded or destroyed. */
  readonly body: Readable;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
}

/**
 * Sends one request. Resolves with every answer, whatever its status; rejects with a TsbuildpackError when there is none. What goes
 * across all requests (redirects, credentials; also retries) is a function from one transport to another.
 */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

/** Answers that are read only to be shown or to see a few fields. */
export const smallBodyBytes: number = 64 << 10;

/** The whole body if it has at most `limitBytes`, else undefined; nothing more is read then. */
export async function readBody(response: HttpResponse, limitBytes: number): Promise<Buffer | undefined> {
  if (Number(response.headers['content-length'] ?? 0) > limitBytes) {
    response.body.destroy();
    return undefined;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the stream.
    if (size > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads a small body so that the connection can be used again, and drops a large one with its connection. */
export async function discardBody(response: HttpResponse): Promise<void> {
  await readBody(response, smallBodyBytes).catch(() => undefined);
}

/** Whether a host is this machine itself: nobody can listen on the way. */
export function isLoopback(url: URL): boolean {
  const { hostname } = url;
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** For messages: without user, password and the values of the query, where signed addresses carry their secret. */
export function redactedUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}`;
}
