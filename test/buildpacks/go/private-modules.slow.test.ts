import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goBuildpack } from '../../../buildpacks/go/index.ts';
import { hash1 } from '../../../buildpacks/go/toolchain-archive.ts';
import type { TestContext } from '../builtin-context.ts';
import { testContext } from '../builtin-context.ts';
import { sharedDirectory } from '../../temporary-directory.ts';
import { makeZip } from './make-zip.ts';

const go = goBuildpack('0.0.0');
const work = sharedDirectory('private-modules');
const caches = join(work, 'caches');
const ca = join(work, 'ca.pem');
const user = 'me';
const password = 's3cret-in-netrc';

const modulePath = 'private.example/lib';
const goMod = `module ${modulePath}\n\ngo 1.21\n`;
const files: readonly (readonly [string, string])[] = [
  [`${modulePath}@v1.0.0/go.mod`, goMod],
  [`${modulePath}@v1.0.0/lib.go`, 'package lib\n\nfunc Say() { println("private") }\n'],
];
const answers: Readonly<Record<string, string | Buffer>> = {
  [`/${modulePath}/@v/v1.0.0.info`]: '{"Version":"v1.0.0"}',
  [`/${modulePath}/@v/v1.0.0.mod`]: goMod,
  [`/${modulePath}/@v/v1.0.0.zip`]: makeZip(files),
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const goSum = [
  `${modulePath} v1.0.0 ${hash1(files.map(([name, text]) => ({ name, sum: sha256(text) })))}`,
  `${modulePath} v1.0.0/go.mod ${hash1([{ name: 'go.mod', sum: sha256(goMod) }])}`,
  '',
].join('\n');

let server: Server;
let goproxy: string;
const refused: string[] = [];

beforeAll(async () => {
  const openssl = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...openssl, ...names, '-keyout', join(work, 'key.pem'), '-out', ca], { stdio: 'ignore' });
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  server = createServer({ key: readFileSync(join(work, 'key.pem')), cert: readFileSync(ca) }, (request, response) => {
    const body = answers[request.url ?? ''];
    if (request.headers.authorization !== expected) {
      refused.push(request.url ?? '');
      response.writeHead(401).end('no');
    } else if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  goproxy = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(work, { recursive: true, force: true });
});

const app = {
  'go.mod': `module example.com/app\n\ngo 1.21\n\nrequire ${modulePath} v1.0.0\n`,
  'go.sum': goSum,
  'main.go': `package main\n\nimport "${modulePath}"\n\nfunc main() { lib.Say() }\n`,
};

interface Surroundings {
  readonly netrc?: string;
  readonly goEnv?: string;
  readonly hostEnv?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly caches?: string;
}

function contextFor({ netrc, goEnv, ...asked }: Surroundings): Promise<TestContext> {
  const HOME = mkdtempSync(join(work, 'home-'));
  mkdirSync(join(HOME, '.config', 'go'), { recursive: true });
  if (netrc !== undefined) writeFileSync(join(HOME, '.netrc'), netrc, { mode: 0o600 });
  if (goEnv !== undefined) writeFileSync(join(HOME, '.config', 'go', 'env'), goEnv);
  writeFileSync(join(HOME, '.gitconfig'), '[user]\n\tname = me\n', { mode: 0o600 });
  const hostEnv = { HOME, GOPROXY: goproxy, GONOSUMDB: 'private.example/*', SSL_CERT_FILE: ca, ...asked.hostEnv };
  return testContext(go, { files: app, caches: asked.caches ?? caches, hostEnv, env: asked.env ?? {} });
}

// Go looks for the port too since 1.24.
const netrc = (): string =>
  [new URL(goproxy).host, '127.0.0.1'].map((host) => `machine ${host} login ${user} password ${password}\n`).join('');

describe('private modules', () => {
  test('are fetched with the user’s .netrc and authority, which are gone when the compiler runs', async () => {
    const { context, started, homeDir } = await contextFor({ netrc: netrc() });
    const { processes } = await go.build(context);
    expect(processes).toHaveLength(1);
    const list = started.filter(({ argv }) => argv[1] === 'list');
    const build = started.filter(({ argv }) => argv[1] === 'build');
    expect(list.map(({ home }) => [home['.netrc'], home['.gitconfig']])).toEqual(list.map(() => ['600', '600']));
    expect(list[0]!.env).toMatchObject({
      GOPROXY: goproxy,
      GONOSUMDB: 'private.example/*',
      SSL_CERT_FILE: ca,
      HOME: homeDir,
    });
    expect(build).toHaveLength(1);
    expect(Object.keys(build[0]!.home)).not.toContain('.netrc');
    expect(Object.keys(build[0]!.home)).not.toContain('.gitconfig');
    expect(build[0]!.env).toMatchObject({ GOPROXY: 'off', GOFLAGS: '-modcacherw' });
    expect(existsSync(join(homeDir, '.netrc'))).toBe(false);
  });

  test('are found with settings of go’s env file', async () => {
    const empty = join(work, 'caches-2');
    mkdirSync(empty);
    // Only the modules are to be fetched again.
    symlinkSync(join(caches, 'build-cache'), join(empty, 'build-cache'));
    const goEnv = `GOPROXY=${goproxy}\nGONOSUMDB=private.example/*\n`;
    const { context } = await contextFor({
      netrc: netrc(),
      goEnv,
      hostEnv: { GOPROXY: '', GONOSUMDB: '' },
      caches: empty,
    });
    await expect(go.build(context)).resolves.toHaveProperty('processes');
  });

  test('are refused without a password, with what to do', async () => {
    const { context, homeDir } = await contextFor({ caches: join(work, 'caches-3') });
    await expect(go.build(context)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringContaining('Cannot get what the application imports'),
      detail: expect.stringContaining('401 Unauthorized'),
      hint: expect.stringContaining('~/.netrc'),
    });
    expect(refused).not.toEqual([]);
    expect(existsSync(join(homeDir, '.gitconfig'))).toBe(false);
  });

  test('can be removed from the module cache by whoever owns it', async () => {
    expect(() => rmSync(join(caches, 'module-cache'), { recursive: true })).not.toThrow();
  });
});

describe('a planted -toolexec', () => {
  const marker = join(work, 'marker');
  const evil = join(work, 'evil.sh');
  const GOFLAGS = `-toolexec=${evil}`;

  beforeAll(() => writeFileSync(evil, `#!/bin/sh\ntouch ${marker}\nexec "$@"\n`, { mode: 0o755 }));

  test.each<{ name: string; asked: Surroundings; where: RegExp }>([
    { name: 'in GOFLAGS of the machine', asked: { hostEnv: { GOFLAGS } }, where: /of GOFLAGS/ },
    { name: 'in GOFLAGS of the build', asked: { env: { GOFLAGS } }, where: /of the build variable GOFLAGS/ },
    { name: 'in go’s env file', asked: { goEnv: `GOFLAGS=${GOFLAGS}\n` }, where: /of GOFLAGS in .*\/env/ },
    {
      name: 'in BP_GO_BUILD_FLAGS',
      asked: { env: { BP_GO_BUILD_FLAGS: `-v ${GOFLAGS}` } },
      where: /of BP_GO_BUILD_FLAGS/,
    },
  ])('$name is refused and never runs', async ({ asked, where }) => {
    const { context, started } = await contextFor({ netrc: netrc(), ...asked });
    await expect(go.build(context)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(where),
    });
    expect(started).toEqual([]);
    expect(existsSync(marker)).toBe(false);
  });

  test('would have run (the test plants it well)', () => {
    const dir = mkdtempSync(join(work, 'plain-'));
    writeFileSync(join(dir, 'main.go'), 'package main\n\nfunc main() {}\n');
    const env = { ...process.env, GOFLAGS, GOCACHE: join(dir, 'cache'), HOME: dir };
    execFileSync('go', ['build', '-o', join(dir, 'out'), 'main.go'], { cwd: dir, env, stdio: 'ignore' });
    expect(existsSync(marker)).toBe(true);
  });
});
