import { Authenticated } from './authenticate.ts';
import { chooseScheme } from './choose-scheme.ts';
import type { FindCredential } from './credentials.ts';
import { environmentCredentials } from './credentials.ts';
import { followRedirects } from './follow-redirects.ts';
import type { Transport } from './http.ts';
import type { RepositoryName } from './reference.ts';
import type { Repository } from './repository.ts';
import { openRepository } from './repository.ts';
import { retryReads } from './retry-reads.ts';
import { undiciTransport } from './undici-transport.ts';

export interface RegistryClientOptions {
  /** CNB_REGISTRY_AUTH, CNB_INSECURE_REGISTRIES, DOCKER_CONFIG, HOME; proxies and certificates as undiciTransport() reads them. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `HOST[:PORT]` of registries that may be asked over plain HTTP, and whose certificates are not checked, beside those of CNB_INSECURE_REGISTRIES. */
  readonly insecureRegistries?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** @default environmentCredentials(env) */
  readonly findCredential?: FindCredential | undefined;
  /** What really sends. @default undiciTransport() */
  readonly transport?: Transport;
  /** Milliseconds before a read that failed for a moment is tried again, for each time. @default those of retryReads() */
  readonly retryDelaysMs?: readonly number[];
  /** Milliseconds, for the lifetime of tokens. @default Date.now */
  readonly now?: () => number;
}

/** Registries as seen by one run of the program: connections, tokens and what is known of blobs are shared. */
export interface RegistryClient {
  repository(name: RepositoryName): Repository;
}

/** Throws nothing and loads nothing yet; the first request does. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { env, insecureRegistries = [], signal, now = Date.now } = options;
  const insecureHosts: ReadonlySet<string> = new Set(
    [...insecureRegistries, ...(env['CNB_INSECURE_REGISTRIES'] ?? '').split(',')]
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== ''),
  );
  const findCredential = options.findCredential ?? environmentCredentials(env);
  // What is to hold for single requests (retries, limits, mirrors) wraps the transport here, below redirects and credentials.
  const once = options.transport ?? undiciTransport({ env, insecureHosts, signal });
  const send = followRedirects(retryReads(once, { delaysMs: options.retryDelaysMs, signal }));
  const registries = new Map<string, Authenticated>();
  const knownBlobs = new Set<string>();

  function registryOf(registry: string, origin: URL): Authenticated {
    const known = registries.get(registry);
    if (known !== undefined) return known;
    const scheme = chooseScheme(send, { host: origin.host, insecure: insecureHosts.has(origin.host) });
    const made = new Authenticated(scheme, {
      registry,
      origin,
      findCredential,
      sendElsewhere: send,
      insecureHosts,
      now,
    });
    registries.set(registry, made);
    return made;
  }

  return {
    repository(name): Repository {
      const origin = originOf(name.registry);
      return openRepository({ name, origin, registry: registryOf(name.registry, origin), knownBlobs });
    },
  };
}

/** Docker Hub's API has a name of its own. */
function originOf(registry: string): URL {
  return new URL(`https://${registry === 'docker.io' ? 'registry-1.docker.io' : registry}/`);
}
