import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { openDeb } from '../../src/debian/deb-file.ts';
import { parseParagraph } from '../../src/debian/deb822.ts';
import type { Distribution } from '../../src/debian/distribution.ts';
import type { ArchiveKey } from './archive-key.ts';
import { newArchiveKey } from './archive-key.ts';
import type { TestPackage } from './deb.ts';
import { controlFields, debFile } from './deb.ts';

export interface TestMirrorOptions {
  /** By suite: `{ trixie: [...], 'trixie-security': [...] }`. A path is that of a .deb that exists. */
  readonly suites: Readonly<Record<string, readonly (TestPackage | string)[]>>;
  /** @default a new one */
  readonly key?: ArchiveKey;
  /** Of the Release files. @default 2026-01-01T00:00:00Z */
  readonly date?: Date;
  readonly validUntil?: Date;
  /** @default ['amd64', 'arm64'] */
  readonly architectures?: readonly string[];
  /** Sign in the file itself, or beside it. @default 'inline' */
  readonly signature?: 'inline' | 'detached' | 'none';
  /** @default true */
  readonly byHash?: boolean;
  /** Further or other fields of the Release files. */
  readonly release?: Readonly<Record<string, string>>;
}

export interface TestMirror {
  readonly dir: string;
  /** `file:///…`, for `--debian-mirror`. */
  readonly uri: string;
  readonly key: ArchiveKey;
  /** `debian trixie` with all suites of the mirror. */
  readonly distribution: Distribution;
}

const defaultDate = new Date('2026-01-01T00:00:00Z');

/**
 * Makes a directory that is a signed mirror, or makes it anew: what a later call leaves out is gone, as on a mirror that was updated. The first
 * suite's name is the codename.
 */
export async function makeTestMirror(dir: string, options: TestMirrorOptions): Promise<TestMirror> {
  const key = options.key ?? (await newArchiveKey());
  for (const part of ['dists', 'pool']) rmSync(join(dir, part), { recursive: true, force: true });
  for (const [suite, packages] of Object.entries(options.suites)) {
    const entries = await Promise.all(packages.map((made) => poolEntry(dir, made)));
    await writeSuite({ dir, suite, key, entries, options });
  }
  const suites = Object.keys(options.suites);
  const [codename = 'trixie'] = suites;
  return {
    dir,
    uri: pathToFileURL(dir).href,
    key,
    distribution: { id: 'debian', codename, suites, components: ['main'], keys: [key.publicKey] },
  };
}

interface PoolEntry {
  readonly architecture: string;
  readonly paragraph: string;
}

async function poolEntry(dir: string, made: TestPackage | string): Promise<PoolEntry> {
  const bytes = typeof made === 'string' ? readFileSync(made) : debFile(made);
  const fields = typeof made === 'string' ? await fieldsOfDeb(made) : controlFields(made);
  const value = (name: string): string => fields.find(([field]) => field === name)?.[1] ?? '';
  const path = `pool/${value('Package')}_${value('Version').replace(/^\d+:/, '')}_${value('Architecture')}.deb`;
  write(join(dir, path), bytes);
  const about: readonly [string, string][] = [
    ['Filename', path],
    ['Size', String(bytes.length)],
    ['SHA256', sha256(bytes)],
  ];
  const paragraph = [...fields, ...about].map(([field, text]) => `${field}: ${text}\n`).join('');
  return { architecture: value('Architecture'), paragraph };
}

async function fieldsOfDeb(path: string): Promise<readonly [string, string][]> {
  const { control } = await openDeb(path, path);
  const paragraph = parseParagraph(control.get('control')?.toString('utf8') ?? '', { owner: path, code: 'INTERNAL' });
  const names = [
    'Package',
    'Source',
    'Version',
    'Architecture',
    'Essential',
    'Priority',
    'Multi-Arch',
    'Pre-Depends',
    'Depends',
    'Conflicts',
    'Breaks',
    'Replaces',
    'Provides',
  ];
  return names.flatMap((name): [string, string][] => {
    const text = paragraph.get(name.toLowerCase());
    return text === undefined ? [] : [[name, text.replaceAll('\n', ' ')]];
  });
}

interface SuiteToWrite {
  readonly dir: string;
  readonly suite: string;
  readonly key: ArchiveKey;
  readonly entries: readonly PoolEntry[];
  readonly options: TestMirrorOptions;
}

async function writeSuite({ dir, suite, key, entries, options }: SuiteToWrite): Promise<void> {
  const { architectures = ['amd64', 'arm64'], byHash = true, date = defaultDate, validUntil } = options;
  const root = join(dir, 'dists', suite);
  const sums: string[] = [];
  for (const architecture of architectures) {
    const own = entries.filter((entry) => ['all', architecture].includes(entry.architecture));
    const plain = Buffer.from(own.map(({ paragraph }) => `${paragraph}\n`).join(''));
    const folder = `main/binary-${architecture}`;
    for (const [name, bytes] of [
      ['Packages', plain],
      ['Packages.gz', gzipSync(plain)],
    ] as const) {
      sums.push(` ${sha256(bytes)} ${bytes.length} ${folder}/${name}`);
      if (name !== 'Packages') write(join(root, folder, name), bytes);
      if (byHash && name !== 'Packages') write(join(root, folder, 'by-hash', 'SHA256', sha256(bytes)), bytes);
    }
  }
  const fields = {
    Origin: 'Test',
    Suite: suite,
    Codename: suite,
    Date: date.toUTCString(),
    ...(validUntil !== undefined && { 'Valid-Until': validUntil.toUTCString() }),
    ...(byHash && { 'Acquire-By-Hash': 'yes' }),
    Architectures: architectures.join(' '),
    Components: 'main',
    ...options.release,
  };
  const text = [...Object.entries(fields).map(([name, value]) => `${name}: ${value}`), 'SHA256:', ...sums, ''].join(
    '\n',
  );
  await writeSigned(root, text, { key, date, signature: options.signature ?? 'inline' });
}

interface Signing {
  readonly key: ArchiveKey;
  readonly date: Date;
  readonly signature: 'inline' | 'detached' | 'none';
}

async function writeSigned(root: string, text: string, { key, date, signature }: Signing): Promise<void> {
  if (signature === 'inline') {
    write(join(root, 'InRelease'), Buffer.from(await key.clearSign(text, date)));
    return;
  }
  write(join(root, 'Release'), Buffer.from(text));
  if (signature === 'detached') write(join(root, 'Release.gpg'), Buffer.from(await key.detachedSignature(text, date)));
}

function write(path: string, bytes: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface ServedMirror {
  /** `http://127.0.0.1:PORT` */
  readonly uri: string;
  /** Paths asked for, in their order, with the status of the answer. */
  readonly requests: { readonly path: string; readonly status: number; readonly authorization: string | undefined }[];
  close(): Promise<void>;
}

/** What to do instead of answering with the file: a status, or a cut in the middle of the answer. */
export type Disturbance = (path: string, nth: number) => number | 'cut' | undefined;

/** Serves a directory over HTTP on this machine. */
export async function serveMirror(dir: string, disturb: Disturbance = () => undefined): Promise<ServedMirror> {
  const requests: ServedMirror['requests'] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://127.0.0.1').pathname);
    const nth = requests.filter((earlier) => earlier.path === path).length + 1;
    const trouble = disturb(path, nth);
    let bytes: Buffer | undefined;
    try {
      bytes = readFileSync(join(dir, path));
    } catch {
      bytes = undefined;
    }
    const status = typeof trouble === 'number' ? trouble : bytes === undefined ? 404 : 200;
    requests.push({ path, status, authorization: request.headers.authorization });
    if (status !== 200 || bytes === undefined) return void response.writeHead(status).end();
    response.writeHead(200, { 'content-length': bytes.length });
    if (trouble === 'cut') return void response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    uri: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
