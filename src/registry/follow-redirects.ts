import { TsbuildpackError } from '../errors.ts';
import type { HttpRequest, HttpResponse, Transport } from './http.ts';
import { discardBody, isLoopback, redactedUrl } from './http.ts';

const maxRedirects = 10;
const followed: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What says who we are stays with the origin that it was meant for. */
const privateHeaders = ['authorization', 'cookie', 'proxy-authorization'];

/**
 * Follows redirects: blobs often lie in another host's storage. Credentials go to the origin that they were given for and to no other;
 * from HTTPS nothing leads back to plain HTTP.
 */
export function followRedirects(send: Transport): Transport {
  return async (first) => {
    let request = first;
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const response = await send(request);
      const target = redirectTarget(request, response);
      if (target === undefined) return response;
      // oxlint-disable-next-line no-await-in-loop
      await discardBody(response);
      request = redirected(request, target);
    }
    throw refused(first, `it redirected more than ${maxRedirects} times`);
  };
}

function redirectTarget(request: HttpRequest, response: HttpResponse): URL | undefined {
  const { location } = response.headers;
  if (location === undefined || !followed.has(response.status)) return undefined;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  // The older codes make a POST into a GET in some tools: not a thing to guess about.
  if (!isRead && response.status < 307) return undefined;
  if (!URL.canParse(location, request.url.href)) throw refused(request, 'it redirected to no address');
  return new URL(location, request.url);
}

function redirected(request: HttpRequest, target: URL): HttpRequest {
  const isHttps = target.protocol === 'https:';
  const staysLocal = isLoopback(request.url) && isLoopback(target) && target.protocol === 'http:';
  const staysPlain = request.url.protocol === 'http:' && target.protocol === 'http:';
  if (!isHttps && !staysLocal && !staysPlain) {
    throw refused(request, `it redirected to ${redactedUrl(target)}, which is not https`);
  }
  if (target.username !== '' || target.password !== '')
    throw refused(request, 'it redirected to an address with a password');
  if (target.origin === request.url.origin) return { ...request, url: target };
  const kept = Object.entries(request.headers ?? {}).filter(([name]) => !privateHeaders.includes(name));
  return { ...request, url: target, headers: Object.fromEntries(kept) };
}

function refused(request: HttpRequest, problem: string): TsbuildpackError {
  return new TsbuildpackError('REGISTRY_REFUSED', `Cannot get an answer from ${request.url.host}: ${problem}`, {
    detail: `${request.method} ${redactedUrl(request.url)}`,
  });
}
