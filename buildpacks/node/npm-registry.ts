import type { Readable } from 'node:stream';
import * as v from 'valibot';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { NpmSettings } from './npm-settings.ts';
import type { OpenAddress } from './open-address.ts';

/** A version of a package, as a registry has it. */
export interface PublishedVersion {
  readonly version: string;
  readonly tarball: string;
  /** https://w3c.github.io/webappsec-subresource-integrity/; several hashes are separated by spaces. */
  readonly integrity: string;
  /** What its `engines.node` says. */
  readonly node: string | undefined;
}

const document = v.object({
  versions: v.record(
    v.string(),
    v.object({
      engines: v.optional(v.unknown()),
      deprecated: v.optional(v.unknown()),
      dist: v.object({ tarball: v.string(), integrity: v.optional(v.string()), shasum: v.optional(v.string()) }),
    }),
  ),
});

const engines = v.object({ node: v.string() });

// The form with less in it: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
const abbreviated = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8';

/** All versions of a package that can be checked. Empty when the registry does not have it. Throws TOOLCHAIN_UNAVAILABLE, NETWORK_UNAVAILABLE. */
export async function listVersions(
  name: string,
  { settings, open }: { readonly settings: NpmSettings; readonly open: OpenAddress },
): Promise<readonly PublishedVersion[]> {
  const url = `${registryFor(name, settings)}${name.replace('/', '%2f')}`;
  const body = await open(url, abbreviated);
  if (body === undefined) return [];
  const found = v.safeParse(document, await readJson(body, `the versions of ${name}`));
  if (!found.success) throw unreadable(`the versions of ${name}`);
  return Object.entries(found.output.versions).flatMap(([version, { dist, engines: wanted }]) => {
    const integrity =
      dist.integrity ??
      (dist.shasum === undefined ? undefined : `sha1-${Buffer.from(dist.shasum, 'hex').toString('base64')}`);
    const node = v.safeParse(engines, wanted);
    return integrity === undefined
      ? []
      : [{ version, tarball: dist.tarball, integrity, node: node.success ? node.output.node : undefined }];
  });
}

/** The registry that a name belongs to. Throws TOOLCHAIN_UNAVAILABLE with the line to write when nobody names one. */
function registryFor(name: string, { registry, scopes }: NpmSettings): string {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : undefined;
  const url = (scope === undefined ? undefined : scopes.get(scope)) ?? registry?.url;
  if (url !== undefined) return url;
  throw new TsbuildpackError(
    'TOOLCHAIN_UNAVAILABLE',
    `Cannot get ${name}: no npm registry is configured, and there is no npm on PATH whose default would count`,
    {
      hint: 'Write registry=https://YOUR-REGISTRY/ into ~/.npmrc, or set npm_config_registry',
    },
  );
}

// The document of a package with all its versions is a megabyte or two.
const mostBytes = 64 << 20;

export async function readJson(body: Readable, what: string): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw unreadable(what, `it is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw unreadable(what, 'it is no JSON');
  }
}

function unreadable(what: string, why = 'it is no such document'): TsbuildpackError {
  return new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot use what the registry answered for ${what}: ${why}`, {
    hint: 'Look at "registry" with: npm config ls -l',
  });
}
