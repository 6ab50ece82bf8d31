import { execFile, spawn } from 'node:child_process';
import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { craneBinary } from '../test-tools.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import type { Grant, TokenServer } from './token-server.ts';
import { startTokenServer } from './token-server.ts';

const run = promisify(execFile);

export const username = 'ann';
export const password = 'Correct Horse/7';

export interface RealRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** File of the certificate that it shows. */
  readonly certificate: string;
  readonly tokenServer?: TokenServer;
}

interface RealRegistryOptions {
  /** Whether images may be deleted. @default true */
  readonly deletes?: boolean;
}

interface Folder {
  readonly path: string;
  readonly certificate: string;
  readonly key: string;
}

/** The registry of the distribution project (Debian's docker-registry), on loopback, empty; it stops with the test. */
export async function startRealRegistry(
  kind: 'plain' | 'tls-htpasswd' | 'token' | 'tls-token',
  { deletes = true }: RealRegistryOptions = {},
): Promise<RealRegistry> {
  const folder = await prepareFolder();
  const tokenServer = kind.endsWith('token') ? await startTokens(folder) : undefined;
  const config = {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(folder.path, 'data') }, delete: { enabled: deletes } },
    http: {
      addr: '127.0.0.1:0',
      ...(kind.startsWith('tls-') ? { tls: { certificate: folder.certificate, key: folder.key } } : {}),
    },
    ...(await authOf(kind, folder, tokenServer)),
  };
  const file = join(folder.path, 'config.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const host = await startProcess(file);
  return { host, certificate: folder.certificate, ...(tokenServer === undefined ? {} : { tokenServer }) };
}

async function prepareFolder(): Promise<Folder> {
  const path = temporaryDirectory('tsb-registry');
  const certificate = join(path, 'ca.crt');
  const key = join(path, 'key.pem');
  const subject = ['-subj', '/CN=test registry', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    certificate,
    ...subject,
  ]);
  return { path, certificate, key };
}

async function authOf(kind: string, folder: Folder, tokenServer: TokenServer | undefined): Promise<object> {
  if (kind === 'tls-htpasswd') {
    const { stdout } = await run('htpasswd', ['-nbB', username, password]);
    const path = join(folder.path, 'htpasswd');
    await writeFile(path, stdout);
    return { auth: { htpasswd: { realm: 'test', path } } };
  }
  if (tokenServer === undefined) return {};
  const { realm } = tokenServer;
  return {
    auth: { token: { realm, service: 'test-registry', issuer: 'test-issuer', rootcertbundle: folder.certificate } },
  };
}

async function startTokens(folder: Folder): Promise<TokenServer> {
  const certificate = new X509Certificate(await readFile(folder.certificate));
  const key = await readFile(folder.key);
  return startTokenServer({ username, password, issue: (grants) => signedToken(grants, certificate, key) });
}

/** A token as docker-registry wants it: RS256, with the certificate in the header. */
function signedToken(grants: readonly Grant[], certificate: X509Certificate, key: Buffer): string {
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'RS256', x5c: [certificate.raw.toString('base64')] };
  const claims = {
    iss: 'test-issuer',
    sub: username,
    aud: 'test-registry',
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access: grants,
  };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}

function startProcess(config: string): Promise<string> {
  return startListening('docker-registry', ['serve', config]);
}

/** go-containerregistry's registry, in memory; it stops with the test. */
export function startCraneRegistry(): Promise<string> {
  return startListening(craneBinary(), ['registry', 'serve', '--address', '127.0.0.1:0']);
}

/** Starts a server that says on standard error where it listens. */
async function startListening(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] } });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    const port = /(?:listening on|serving on port) (?:127\.0\.0\.1:)?(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stderr.resume();
    return `127.0.0.1:${port}`;
  }
  throw new Error(`${command} ended: ${lines.join('\n')}`);
}
