import type { HttpRequest, HttpResponse, Transport } from './http.ts';
import { discardBody, isLoopback } from './http.ts';
import { networkCodeOf } from './registry-error.ts';

export interface ChooseSchemeOptions {
  /** `HOST[:PORT]` of the registry; requests to other hosts pass as they are. */
  readonly host: string;
  /** Plain HTTP is allowed although the host is elsewhere. */
  readonly insecure: boolean;
}

/**
 * Finds out whether a registry on this machine (or one named insecure) speaks HTTP or HTTPS, with the first request itself: a
 * loopback registry is asked over HTTP first, since most have no certificate; an insecure one over HTTPS first. Any other registry
 * is asked over HTTPS only.
 */
export function chooseScheme(send: Transport, { host, insecure }: ChooseSchemeOptions): Transport {
  const local = isLoopback(new URL(`https://${host}`));
  if (!local && !insecure) return send;
  const [first, second] = local ? (['http:', 'https:'] as const) : (['https:', 'http:'] as const);
  let chosen: 'http:' | 'https:' | undefined;
  return async (request) => {
    if (request.url.host !== host) return send(request);
    if (chosen !== undefined) return send(withScheme(request, chosen));
    const response = await attempt(send, withScheme(request, first));
    if (response !== undefined) {
      chosen = first;
      return response;
    }
    const other = await send(withScheme(request, second));
    chosen = second;
    return other;
  };
}

/** The answer, unless it shows that the other scheme is spoken there. */
async function attempt(send: Transport, request: HttpRequest): Promise<HttpResponse | undefined> {
  try {
    const response = await send(request);
    // Go's servers and nginx answer 400 to HTTP on a port with TLS; nothing else in the protocol is a 400 to a first request.
    if (response.status !== 400 || request.url.protocol !== 'http:') return response;
    await discardBody(response);
    return undefined;
  } catch (error) {
    // A server answers what it cannot read by hanging up, or with bytes that are no TLS or no HTTP here.
    if (/^(?:ECONNRESET|EPIPE|EPROTO|UND_ERR_SOCKET|ERR_SSL_.*|HPE_.*)$/.test(networkCodeOf(error) ?? ''))
      return undefined;
    throw error;
  }
}

function withScheme(request: HttpRequest, scheme: 'http:' | 'https:'): HttpRequest {
  const url = new URL(request.url);
  const { host } = url;
  url.protocol = scheme;
  // Setting the protocol drops a port that is the new default: `https://localhost:80` is not port 443.
  url.host = host;
  return { ...request, url };
}
