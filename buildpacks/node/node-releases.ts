import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { NpmSettings } from './npm-settings.ts';
import { listVersions, readJson } from './npm-registry.ts';
import type { OpenAddress } from './open-address.ts';

/** The processors that there are Node distributions for: Go's word → Node's. */
const nodeArchitectures: Readonly<Record<string, string>> = { amd64: 'x64', arm64: 'arm64' };

/** A Node that can be fetched. */
export interface NodeRelease {
  readonly version: string;
  readonly tarball: string;
  /** `sha512-…`, or an address where the hash is written. */
  readonly integrity: string;
}

/** Where Node comes from: the packages `node-linux-*` of the npm registry, or a mirror of the official distribution. */
export interface NodeSource {
  /** For messages: a host, never a credential. */
  readonly name: string;
  /** Different for different places: what comes from one is never taken for what comes from another. */
  readonly key: string;
  /** All versions for a processor. Throws TOOLCHAIN_UNAVAILABLE, NETWORK_UNAVAILABLE. */
  list(arch: string): Promise<readonly string[]>;
  /** One version, complete enough to fetch it; undefined when it is not there. */
  find(version: string, arch: string): Promise<NodeRelease | undefined>;
}

export interface NodeSourceOptions {
  readonly settings: NpmSettings;
  readonly open: OpenAddress;
  /** BP_NODE_MIRROR. */
  readonly mirror: string | undefined;
}

export function nodeSource(options: NodeSourceOptions): NodeSource {
  return options.mirror === undefined ? fromRegistry(options) : fromMirror(options.mirror, options.open);
}

function fromRegistry({ settings, open }: NodeSourceOptions): NodeSource {
  const lists = new Map<string, ReturnType<typeof listVersions>>();
  const published = (arch: string): ReturnType<typeof listVersions> => {
    const name = `node-linux-${nodeArch(arch)}`;
    const list = lists.get(name) ?? listVersions(name, { settings, open });
    lists.set(name, list);
    return list;
  };
  const url = settings.registry?.url ?? '';
  return {
    name: URL.canParse(url) ? new URL(url).host : 'the npm registry',
    key: keyOf(url),
    list: async (arch) => (await published(arch)).map(({ version }) => version),
    find: async (version, arch) => (await published(arch)).find((release) => release.version === version),
  };
}

const index = v.array(v.object({ version: v.string(), files: v.array(v.string()) }));

/** In the layout of Node's own downloads: index.json, and for each version its archives and SHASUMS256.txt. */
function fromMirror(mirror: string, open: OpenAddress): NodeSource {
  const read = async (): Promise<v.InferOutput<typeof index>> => {
    const body = await open(`${mirror}/index.json`);
    if (body === undefined) throw noMirror('it has no index.json');
    const found = v.safeParse(index, await readJson(body, 'the index of BP_NODE_MIRROR'));
    if (!found.success) throw noMirror('its index.json is no list of versions');
    return found.output;
  };
  let reading: ReturnType<typeof read> | undefined;
  return {
    name: URL.canParse(mirror) ? new URL(mirror).host : 'BP_NODE_MIRROR',
    key: keyOf(mirror),
    list: async (arch) => {
      const releases = await (reading ??= read());
      const file = `linux-${nodeArch(arch)}`;
      return releases.filter(({ files }) => files.includes(file)).map(({ version }) => version.replace(/^v/, ''));
    },
    find: async (version, arch) => {
      const name = `node-v${version}-linux-${nodeArch(arch)}.tar.gz`;
      const sums = await open(`${mirror}/v${version}/SHASUMS256.txt`);
      if (sums === undefined) return undefined;
      const chunks: Buffer[] = [];
      for await (const chunk of sums as AsyncIterable<Buffer>) chunks.push(chunk);
      const line = Buffer.concat(chunks)
        .toString('utf8')
        .split('\n')
        .find((text) => text.endsWith(`  ${name}`));
      const sum = /^[0-9a-f]{64}(?= )/.exec(line ?? '')?.[0];
      if (sum === undefined) return undefined;
      const integrity = `sha256-${Buffer.from(sum, 'hex').toString('base64')}`;
      return { version, tarball: `${mirror}/v${version}/${name}`, integrity };
    },
  };
}

function noMirror(why: string): TsbuildpackError {
  return new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot use the mirror of BP_NODE_MIRROR: ${why}`, {
    hint: 'Name the directory that holds index.json and a folder for each version, as the downloads of Node.js do',
  });
}

/** Throws TOOLCHAIN_UNAVAILABLE for a processor that there is no Node for. */
export function nodeArch(arch: string): string {
  const found = nodeArchitectures[arch];
  if (found !== undefined) return found;
  throw new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot get a Node for linux/${arch}: there is none`, {
    hint: `There are some for ${Object.keys(nodeArchitectures)
      .map((name) => `linux/${name}`)
      .join(' and ')}`,
  });
}

function keyOf(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 12);
}
