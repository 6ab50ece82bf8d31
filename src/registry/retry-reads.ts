import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpRequest, HttpResponse, Transport } from './http.ts';
import { discardBody, isLoopback } from './http.ts';
import { networkCodeOf } from './registry-error.ts';

export interface RetryOptions {
  /** Milliseconds before each further attempt. @default [400, 1600] */
  readonly delaysMs?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What says that the same request may well be answered in a moment. A limit of requests (429) is not over so soon. */
const transientStatuses: ReadonlySet<number> = new Set([408, 500, 502, 503, 504]);
const transientCodes = /^(?:ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;
const hangUps = /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET)$/;

/**
 * Asks again when a registry, or the way to it, has a moment's trouble, as the reference does (RUN-11). Only what changes nothing is sent
 * twice: GET and HEAD.
 */
export function retryReads(send: Transport, { delaysMs = [400, 1600], signal }: RetryOptions = {}): Transport {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return await send(request);
    for (const delayMs of delaysMs) {
      // oxlint-disable-next-line no-await-in-loop
      const response = await attempt(send, request);
      if (response !== undefined) return response;
      // oxlint-disable-next-line no-await-in-loop
      await sleep(delayMs, undefined, signal && { signal }).catch(() => undefined);
      signal?.throwIfAborted();
    }
    return await send(request);
  };
}

/** Undefined when it is worth another one. */
async function attempt(send: Transport, request: HttpRequest): Promise<HttpResponse | undefined> {
  try {
    const response = await send(request);
    if (!transientStatuses.has(response.status)) return response;
    await discardBody(response);
    return undefined;
  } catch (error) {
    if (isTransient(networkCodeOf(error) ?? '', request.url)) return undefined;
    throw error;
  }
}

/** A registry on this machine that hangs up has been asked in the wrong scheme: see choose-scheme.ts. */
function isTransient(code: string, url: URL): boolean {
  return transientCodes.test(code) || (hangUps.test(code) && url.protocol === 'https:' && !isLoopback(url));
}
