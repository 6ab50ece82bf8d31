import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { SandboxMechanism } from '../../src/environment/sandbox-attempts.ts';
import { folderFor } from '../rootless.ts';
import type { DriverAnswer, DriverExec, DriverRequest, Who } from './environment-contract.ts';
import { startAs } from './bundle-contract.ts';
import { drive, everybody, makeDriver } from './environment-contract.ts';
import { plantSecrets, plantSockets } from './secrets.ts';

type Driver = Awaited<ReturnType<typeof makeDriver>>;

let made: Driver;

beforeAll(async () => {
  made = await makeDriver();
});

function homeOf(who: Who): string {
  const home = folderFor(who.user);
  return home;
}

const ways = everybody().flatMap((who) => {
  const mechanisms: readonly SandboxMechanism[] =
    who.user.uid === 0 ? ['bubblewrap', 'unshare', 'bubblewrap without a user namespace'] : ['bubblewrap', 'unshare'];
  return mechanisms.map((mechanism) => ({ name: `${mechanism} as ${who.name}`, who, mechanism }));
});

describe.each(ways)('openEnvironment() by $name', ({ who, mechanism }) => {
  const asRoot = mechanism === 'bubblewrap without a user namespace';

  async function open(
    execs: readonly DriverExec[],
    more: Partial<DriverRequest> & { home?: string } = {},
  ): Promise<DriverAnswer> {
    const home = more.home ?? homeOf(who);
    const request = { isolation: 'real' as const, root: join(home, 'cache/scope'), store: join(home, 'cache/store') };
    const answer = await drive(made.driver, who, {
      ...request,
      home,
      deps: { mechanisms: [mechanism] },
      execs,
      ...more,
    });
    expect(answer.error).toBeUndefined();
    expect(answer).toMatchObject({ isolation: 'real', mechanism, hides: true });
    return answer;
  }

  test('shows the work directories where they will be in the image', async () => {
    const home = homeOf(who);
    const script = 'pwd; echo made > /layers/made; mkdir d; chmod 700 d; echo x > "$TMPDIR/x"; echo x > "$HOME/x"';
    const env = { PATH: '/usr/bin:/bin', HOME: '/home/cnb', TMPDIR: '/tmp' };
    const { results, paths } = await open([{ argv: ['/bin/sh', '-c', script], env, cwd: '/workspace' }], { home });
    expect(results[0]).toMatchObject({ exitCode: 0, stdout: '/workspace\n', stderr: '' });
    expect(paths?.layers).toEqual({ host: join(home, 'cache/scope/layers'), inside: '/layers', image: '/layers' });
    const file = join(home, 'cache/scope/layers/made');
    expect(readFileSync(file, 'utf8')).toBe('made\n');
    expect(lstatSync(file)).toMatchObject({ uid: who.user.uid, gid: who.user.gid });
    expect(lstatSync(join(home, 'cache/scope/app/d')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(home, 'cache/scope')).toSorted()).toEqual(['app', 'buildpacks', 'layers', 'platform']);
  });

  // @cnb SEC-04
  test('runs as the build user without capabilities or new privileges', async () => {
    const { results } = await open([
      { argv: ['id', '-u'] },
      { argv: ['id', '-g'] },
      { argv: ['grep', '-E', '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)', '/proc/self/status'] },
      {
        argv: [
          'sh',
          '-c',
          'touch /usr/x /etc/x /x /run/x /root/x /platform/x /cnb/buildpacks/x /proc/sys/kernel/hostname; echo evil > /proc/sys/kernel/hostname',
        ],
      },
    ]);
    expect(results[0]?.stdout).toBe(asRoot ? '0\n' : '1001\n');
    expect(results[1]?.stdout).toBe(asRoot ? '0\n' : '1000\n');
    const none = '0'.repeat(16);
    expect(results[2]?.stdout).toBe(
      `CapInh:\t${none}\nCapPrm:\t${none}\nCapEff:\t${none}\nCapAmb:\t${none}\nNoNewPrivs:\t1\n`,
    );
    expect(results[3]?.exitCode).not.toBe(0);
    expect(hostname()).not.toBe('evil');
    expect(existsSync('/usr/x') || existsSync('/etc/x') || existsSync('/x') || existsSync('/run/x')).toBe(false);
  });

  // @cnb SEC-02 SEC-03 DET-20
  test('shows no credential and no socket that the host has', async () => {
    const home = homeOf(who);
    const token = `token-${process.pid}-${Math.random().toString(36).slice(2)}`;
    const since = Math.floor(Date.now() / 1000) - 1;
    const planted = plantSecrets(who, home, token);
    const sockets = await plantSockets(who, home);
    try {
      const rest = '\\( -path /proc -o -path /sys \\) -prune';
      const files = `\\( -type f -newerct @${since} -exec grep -l ${token} {} \\; \\)`;
      // Where a socket was, a directory still has an entry of its type, with an empty file over it.
      const inodes = `\\( -type s -exec test -S {} \\; -print \\)`;
      const { results } = await open(
        [
          { argv: ['sh', '-c', `find / ${rest} -o ${files} -o ${inodes} 2>/dev/null; true`] },
          {
            argv: [
              'grep',
              '-rsl',
              token,
              '/etc',
              '/home',
              '/mnt',
              '/opt',
              '/root',
              '/run',
              '/srv',
              '/tmp',
              '/usr/local/etc',
              '/var',
              '/workspace',
              '/layers',
              '/cnb',
              '/platform',
              '/dev/shm',
            ],
          },
          { argv: ['sh', '-c', `cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n' | grep -c 'no[d]e'; true`] },
        ],
        { home, hidden: planted.hidden },
      );
      // What the search finds when there is something to be found.
      expect(results[0]?.stdout).toBe(planted.visible.map((path) => `${path}\n`).join(''));
      expect(results[1]?.stdout).toBe('');
      expect(results[2]?.stdout).toBe('0\n');
    } finally {
      sockets();
      planted.remove();
    }
  });

  test('leaves an existing /workspace alone', async ({ skip }) => {
    // Only root can make one; a user's environment shadows it by the same bind.
    skip(process.getuid?.() !== 0, 'needs root to make /workspace');
    expect(existsSync('/workspace')).toBe(false);
    mkdirSync('/workspace');
    writeFileSync('/workspace/mine', 'mine');
    if (who.user.uid !== 0) chownSync('/workspace', who.user.uid, who.user.gid);
    try {
      const { results } = await open([
        { argv: ['sh', '-c', 'ls -A; echo theirs > mine; rm -rf /workspace/*; echo new > new'] },
      ]);
      expect(results[0]).toMatchObject({ exitCode: 0, stdout: '' });
      expect(readdirSync('/workspace')).toEqual(['mine']);
      expect(readFileSync('/workspace/mine', 'utf8')).toBe('mine');
    } finally {
      rmSync('/workspace', { recursive: true });
    }
  });

  test('gives the child the environment, input and directory that it is told, and no other', async () => {
    const env = { PATH: '/usr/bin:/bin', 'npm_config_//host/:key': "it's", MULTI: 'a\nb', EMPTY: '' };
    const { results } = await open([
      { argv: ['env', '-0'], env },
      { argv: ['env', '-0'], env: { PATH: '/usr/bin', PWD: '/layers' }, cwd: '/layers' },
      { argv: ['sh', '-c', 'cat; pwd'], input: 'in\n', cwd: '/layers' },
      { argv: ['printf', '%s|', "it's", '', '$HOME', 'a b'] },
    ]);
    const asked = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    expect(results[0]?.stdout?.split('\0').filter(Boolean).toSorted()).toEqual(asked.toSorted());
    expect(results[1]?.stdout?.split('\0').filter(Boolean).toSorted()).toEqual(['PATH=/usr/bin', 'PWD=/layers']);
    expect(results[2]?.stdout).toBe('in\n/layers\n');
    expect(results[3]?.stdout).toBe("it's||$HOME|a b|");
  });

  test('tells exit statuses, signals and programs that cannot be started apart', async () => {
    const { results } = await open([
      { argv: ['sh', '-c', 'exit 7'] },
      { argv: ['sh', '-c', 'kill -TERM $$'] },
      { argv: ['sh', '-c', 'echo out; echo err >&2; exit 127'] },
      { argv: ['no-such-program'] },
      { argv: ['/etc/passwd'] },
      { argv: ['true'], cwd: '/no/such/place' },
    ]);
    expect(results.map(({ exitCode, error }) => exitCode ?? error?.code)).toEqual([
      7,
      143,
      127,
      'COMMAND_NOT_FOUND',
      'COMMAND_NOT_EXECUTABLE',
      'COMMAND_NOT_FOUND',
    ]);
    expect(results[2]?.lines.toSorted()).toEqual(['err', 'out']);
  });

  test('binds back what is named, and nothing beside it', async () => {
    const home = homeOf(who);
    for (const dir of ['tools/bin', 'state', 'other']) mkdirSync(join(home, dir), { recursive: true });
    writeFileSync(join(home, 'tools/bin/tool'), '#!/bin/sh\necho tool runs\n', { mode: 0o755 });
    execFileSync('chown', ['-R', `${who.user.uid}:${who.user.gid}`, home]);
    const { results } = await open(
      [
        {
          argv: ['sh', '-c', `${home}/tools/bin/tool && touch ${home}/state/x; ls -A ${home}; touch ${home}/tools/x`],
          readable: [join(home, 'tools'), join(home, 'missing')],
          writable: [join(home, 'state')],
        },
        { argv: ['sh', '-c', `find ${home} -type f; ls -A ${home}/tools`] },
      ],
      { home },
    );
    expect(results[0]?.stdout).toBe('tool runs\nstate\ntools\n');
    expect(results[0]?.exitCode).not.toBe(0);
    expect(existsSync(join(home, 'state/x'))).toBe(true);
    expect(existsSync(join(home, 'tools/x'))).toBe(false);
    expect(results[1]?.stdout).toBe('');
  });

  test('kills everything a child has started when it is aborted', async () => {
    const sleep = `98765.${Math.floor(Math.random() * 1e6)}`;
    const script = `setsid sleep ${sleep} & (trap '' TERM; sleep ${sleep}) & sleep ${sleep}`;
    const { results } = await open([{ argv: ['sh', '-c', script], abortAfterMs: 1500 }]);
    expect(results[0]?.exitCode).toBeUndefined();
    expect(running(sleep)).toEqual([]);
  });

  test('takes its children with it when it is killed', async () => {
    const home = homeOf(who);
    const sleep = `87654.${Math.floor(Math.random() * 1e6)}`;
    const request = {
      isolation: 'real',
      root: join(home, 'cache/scope'),
      store: join(home, 'cache/store'),
      deps: { mechanisms: [mechanism] },
      execs: [{ argv: ['sh', '-c', `setsid sleep ${sleep} & trap '' TERM; sleep ${sleep}`] }],
    };
    const started = startAs(who, [process.execPath, made.driver], home);
    started.child.stdin?.end(JSON.stringify(request));
    await vi.waitFor(() => expect(running(sleep).length).toBeGreaterThan(1), 20_000);
    started.child.kill('SIGKILL');
    await vi.waitFor(() => expect(running(sleep)).toEqual([]), 5000);
  });

  test('keeps a hostile environment inside of the sandbox', async () => {
    const home = homeOf(who);
    const root = join(home, 'cache/scope');
    mkdirSync(join(root, 'layers'), { recursive: true });
    writeFileSync(
      join(home, 'evil.c'),
      '#include <stdio.h>\n__attribute__((constructor)) static void f(void) { FILE *o = fopen(OUT, "w"); if (o) fclose(o); }\n',
    );
    const library = join(root, 'layers/evil.so');
    const escaped = join(home, 'escaped');
    execFileSync('gcc', ['-shared', '-fPIC', `-DOUT="${escaped}"`, '-o', library, join(home, 'evil.c')]);
    chmodSync(library, 0o755);
    execFileSync('chown', ['-R', `${who.user.uid}:${who.user.gid}`, home]);
    const env = { PATH: '/usr/bin:/bin', LD_PRELOAD: `${library} /layers/evil.so` };
    const { results } = await open([{ argv: ['true'], env }, { argv: ['sh', '-c', 'ls /layers'] }], { home });
    // The program itself was reached, what makes the sandbox was not.
    expect(results[0]?.stderr).toContain('LD_PRELOAD cannot be preloaded');
    expect(results[1]?.stdout).toBe('evil.so\n');
    expect(existsSync(escaped)).toBe(false);
  });
});

function running(word: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
      } catch {
        return false;
      }
    });
}
