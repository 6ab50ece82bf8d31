import { TsbuildpackError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { isDigest } from '../oci/digest.ts';

/** A repository of a registry. */
export interface RepositoryName {
  /** `docker.io` or `HOST[:PORT]`, lower case. */
  readonly registry: string;
  /** `library/debian` */
  readonly repository: string;
}

/**
 * An image in a registry, in canonical form — https://github.com/distribution/reference. A tag (`latest` when nothing was
 * written) or a digest, or both; the digest decides then.
 */
export interface Reference extends RepositoryName {
  readonly tag?: string;
  readonly digest?: Digest;
}

const dockerHub = 'docker.io';
/** `index.docker.io` is how the CNB lifecycle and go-containerregistry write it; `registry-1` is where its API answers. */
const dockerHubNames: ReadonlySet<string> = new Set([dockerHub, 'index.docker.io', 'registry-1.docker.io']);

const hostPattern =
  /^(?:(?:[a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])(?:\.(?:[a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9]))*|\[[0-9a-f:]+\])(?::\d{1,5})?$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const longestRepository = 255;

/**
 * Reads `[HOST/]NAME[:TAG][@DIGEST]`. Without a host it is Docker Hub's, without a tag and a digest `latest`.
 * Throws REFERENCE_INVALID.
 */
export function parseReference(text: string): Reference {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : checkedDigest(text, text.slice(at + 1));
  const colon = name.lastIndexOf(':');
  const tagged = colon > name.lastIndexOf('/');
  const path = tagged ? name.slice(0, colon) : name;
  const tag = tagged ? checkedTag(text, name.slice(colon + 1)) : digest === undefined ? 'latest' : undefined;
  return {
    ...repositoryName(text, path),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** `docker.io/library/debian:12`, `localhost:5000/a/b@sha256:…`: parseReference() of it gives an equal value. */
export function formatReference(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Whether both name the same thing, however they were written. */
export function sameReference(one: string, other: string): boolean {
  return formatReference(parseReference(one)) === formatReference(parseReference(other));
}

/** What stands behind the name in requests: the digest, else the tag. */
export function manifestName(reference: Reference): string {
  return reference.digest ?? reference.tag ?? 'latest';
}

/** The folder of an image in a directory of layouts, as the CNB platform specification maps a reference to a path. */
export function layoutPath(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  const last = digest === undefined ? (tag ?? 'latest') : digest.replace(':', '/');
  return `${cnbRegistry(registry)}/${repository}/${last}`;
}

function cnbRegistry(registry: string): string {
  return registry === dockerHub ? 'index.docker.io' : registry;
}

/** The name under which a registry is compared: Docker Hub has several, and host names know no case. */
export function canonicalRegistry(host: string): string {
  const lower = host.toLowerCase();
  return dockerHubNames.has(lower) ? dockerHub : lower;
}

function repositoryName(text: string, path: string): RepositoryName {
  const { host, name } = splitHost(path);
  const registry = checkedRegistry(text, host ?? dockerHub);
  for (const component of name.split('/')) {
    if (!componentPattern.test(component)) throw invalid(text, `"${component}" is no part of a name`, nameHint(text));
  }
  if (name.length > longestRepository) {
    throw invalid(text, `the name has ${name.length} characters`, `Use at most ${longestRepository}`);
  }
  const inLibrary = registry === dockerHub && !name.includes('/');
  return { registry, repository: inLibrary ? `library/${name}` : name };
}

/** The rule of Docker: the first part is a host when it cannot be anything else. */
function splitHost(path: string): { readonly host?: string; readonly name: string } {
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  const isHost = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  return isHost ? { host: first, name: path.slice(slash + 1) } : { name: path };
}

function checkedRegistry(text: string, host: string): string {
  const registry = canonicalRegistry(host);
  const port = Number(/:(\d+)$/.exec(registry)?.[1] ?? 1);
  if (hostPattern.test(registry) && port > 0 && port < 65_536) return registry;
  throw invalid(text, `"${host}" is no host name`, 'Write HOST or HOST:PORT before the first slash');
}

function nameHint(text: string): string {
  if (/^[a-z]+:\/\//i.test(text)) return 'Write the name without a scheme: HOST/NAME:TAG';
  if (text !== text.toLowerCase()) return `Names are lower case: ${text.toLowerCase()}`;
  return 'Use lower-case letters and digits, with single dots, dashes or underscores between them: registry.example/team/app:1.0';
}

function checkedTag(text: string, tag: string): string {
  if (tagPattern.test(tag)) return tag;
  throw invalid(
    text,
    `"${tag.slice(0, 140)}" is no tag`,
    'A tag has up to 128 letters, digits, dots, dashes and underscores, and begins with no dot or dash',
  );
}

function checkedDigest(text: string, digest: string): Digest {
  if (isDigest(digest)) return digest;
  throw invalid(text, `"${digest.slice(0, 100)}" is no digest`, 'Write sha256: and 64 hexadecimal digits after the @');
}

function invalid(text: string, problem: string, hint: string): TsbuildpackError {
  return new TsbuildpackError('REFERENCE_INVALID', `Cannot read image name "${text.slice(0, 300)}": ${problem}`, {
    hint,
  });
}
