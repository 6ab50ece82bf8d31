import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { HalfName } from '../../src/stack/stack-half.ts';
import { elfClosure } from './elf-closure.ts';
import { runInBundle, stackRig, type StackRig } from './stack-rig.ts';

// The built-in stacks of Debian packages, made of what this machine's own package sources have now, on this machine's architecture.

/** Makes each half once, for all tests. */
let rig: StackRig;

beforeAll(async () => {
  rig = await stackRig();
});

afterAll(() => rig.remove());

const halves: readonly (readonly [string, HalfName])[] = [
  ['base', 'run'],
  ['shell', 'run'],
  ['base', 'build'],
];

test(
  'resolveHalf() makes base and shell a second time, in another store and from nothing, as it made them the first',
  { timeout: 900_000 },
  async () => {
    const other = await stackRig();
    onTestFinished(() => other.remove());
    // Build halves are made the same way, of ten times as much.
    for (const stack of ['base', 'shell']) {
      const [one, two] = [await rig.half(stack, 'run'), await other.half(stack, 'run')];
      // The archive may be updated in between, which is then seen.
      expect(two.made?.packages).toEqual(one.made?.packages);
      expect(two.image.digest, stack).toBe(one.image.digest);
    }
  },
);

test(
  'base stays under 9 MB and static under 1 MB, and shell stands on the layer of base',
  { timeout: 300_000 },
  async () => {
    const size = async (stack: string): Promise<number> =>
      (await rig.half(stack, 'run')).image.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(await size('base')).toBeLessThan(9_000_000);
    expect(await size('static')).toBeLessThan(1_000_000);
    const [base, shell, build] = await Promise.all([
      rig.half('base', 'run'),
      rig.half('shell', 'run'),
      rig.half('shell', 'build'),
    ]);
    for (const { image } of [shell, build]) expect(image.layers[0]?.digest).toBe(base.image.layers[0]?.digest);
  },
);

describe.each(halves)('stack %s (%s)', (stack, half) => {
  test(
    'has every library, version and loader that its programs and libraries ask for',
    { timeout: 300_000 },
    async () => {
      const { image } = await rig.half(stack, half);
      const { elfFiles, problems } = await elfClosure(image);
      expect(problems).toEqual([]);
      expect(elfFiles).toBeGreaterThan(20);
    },
  );
});

describe('under runc as a numeric user who is not root', { timeout: 300_000 }, () => {
  test('shell has a home and /tmp to write to, also for an arbitrary user of group 0', async () => {
    const bundle = await rig.bundle((await rig.half('shell', 'run')).image);
    const script =
      'id -u; cd ~ && touch a-$(id -u) /tmp/b-$(id -u) && echo written; touch /etc/x 2>/dev/null || echo kept';
    const own = await runInBundle(bundle, ['/bin/bash', '-c', script]);
    expect(own).toEqual({ exitCode: 0, stdout: '1002\nwritten\nkept\n', stderr: '' });
    const arbitrary = await runInBundle(bundle, ['/bin/sh', '-c', script], { user: { uid: 54321, gid: 0 } });
    expect(arbitrary).toEqual({ exitCode: 0, stdout: '54321\nwritten\nkept\n', stderr: '' });
  });

  test('shell has the core tools', async () => {
    const bundle = await rig.bundle((await rig.half('shell', 'run')).image);
    const script =
      'getent passwd cnb | cut -d: -f1; echo b a | tr " " "\\n" | sort | xargs; echo x | sed s/x/y/ | grep y; seq 3 | awk "{s+=\\$1} END {print s}"; which ls; date -u -d @0 +%Y; tar --version | head -1 | cut -c1-3; ps -o pid= | wc -l';
    const { stdout, stderr } = await runInBundle(bundle, ['/bin/bash', '-c', script]);
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(0, 7)).toEqual(['cnb', 'a b', 'y', '6', '/usr/bin/ls', '1970', 'tar']);
  });

  test('what the build half compiles from C and C++ runs on base', { timeout: 300_000 }, async () => {
    const work = sharedFolder('native');
    writeFileSync(
      join(work, 'names.cc'),
      '#include <iostream>\n#include <pwd.h>\n#include <unistd.h>\nint main(){std::cout << getpwuid(getuid())->pw_name << "\\n";}\n',
    );
    const build = await rig.bundle((await rig.half('base', 'build')).image);
    const script =
      'cd /work && printf "names: names.cc\\n\\tc++ -O1 -o names names.cc\\n" > Makefile && make -s && ./names && cc --version | head -1 | cut -c1-3';
    const made = await runInBundle(build, ['/bin/bash', '-c', script], { binds: { '/work': work } });
    expect(made).toEqual({ exitCode: 0, stdout: 'cnb-build\ncc \n', stderr: '' });
    const base = await rig.bundle((await rig.half('base', 'run')).image);
    const ran = await runInBundle(base, ['/work/names'], { binds: { '/work': work } });
    expect(ran).toEqual({ exitCode: 0, stdout: 'cnb\n', stderr: '' });
  });

  test('the build half has what node-gyp and install scripts call, and its Python trusts the bundle', async () => {
    const build = await rig.bundle((await rig.half('base', 'build')).image);
    const tools = 'git pkg-config python3 patch xz curl make gcc g++ cc c++ tar bzip2 unzip file awk';
    const check = `for tool in ${tools}; do command -v "$tool" >/dev/null || echo "no $tool"; done`;
    const python = 'import ssl, json, hashlib; print(ssl.create_default_context().cert_store_stats()["x509_ca"] > 100)';
    const { stdout, stderr } = await runInBundle(build, ['/bin/bash', '-c', `${check}; python3 -c '${python}'`]);
    expect({ stdout, stderr }).toEqual({ stdout: 'True\n', stderr: '' });
  });

  test('a cgo program resolves names and users on base', { timeout: 300_000 }, async () => {
    const work = sharedFolder('cgo');
    writeFileSync(join(work, 'go.mod'), 'module example.com/names\n\ngo 1.21\n');
    writeFileSync(
      join(work, 'main.go'),
      `package main

// #include <stdlib.h>
import "C"

import (
	"fmt"
	"net"
	"os/user"
)

func main() {
	who, _ := user.Current()
	port, _ := net.LookupPort("tcp", "https")
	fmt.Println(C.abs(-3), who.Username, port)
}
`,
    );
    execFileSync('go', ['build', '-ldflags', '-linkmode=external', '-o', 'names', '.'], {
      cwd: work,
      env: { ...process.env, CGO_ENABLED: '1' },
    });
    const base = await rig.bundle((await rig.half('base', 'run')).image);
    const ran = await runInBundle(base, ['/work/names'], { binds: { '/work': work }, env: { GODEBUG: 'netdns=cgo' } });
    expect(ran).toEqual({ exitCode: 0, stdout: '3 cnb 443\n', stderr: '' });
  });

  test('curl checks certificates with the bundle of base', async () => {
    const work = sharedFolder('tls');
    const { port, close } = await tlsServer(work);
    try {
      const build = await rig.bundle((await rig.half('base', 'build')).image);
      const url = `https://localhost:${port}/`;
      const refused = await runInBundle(build, ['/usr/bin/curl', '-sS', url]);
      expect(refused).toMatchObject({ exitCode: 60, stderr: expect.stringContaining('certificate') });
      const own = await runInBundle(build, ['/usr/bin/curl', '-sS', '--cacert', '/work/cert.pem', url], {
        binds: { '/work': work },
      });
      expect(own).toEqual({ exitCode: 0, stdout: 'hello over TLS', stderr: '' });
    } finally {
      close();
    }
  });
});

/** A folder that every user can write to. */
function sharedFolder(name: string): string {
  const work = join(rig.dir, name);
  mkdirSync(work);
  execFileSync('chmod', ['0777', work]);
  return work;
}

async function tlsServer(dir: string): Promise<{ readonly port: number; readonly close: () => void }> {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
    response.end('hello over TLS');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
