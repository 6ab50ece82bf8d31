import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { folderFor, rootlessUser } from '../rootless.ts';
import type { DriverAnswer, DriverRequest, Who } from './environment-contract.ts';
import { drive, makeDriver, root } from './environment-contract.ts';

type Driver = Awaited<ReturnType<typeof makeDriver>>;

let made: Driver;

beforeAll(async () => {
  made = await makeDriver();
});

/** In a container that forbids namespaces. */
async function confined(who: Who, request: Partial<DriverRequest>): Promise<DriverAnswer & { readonly home: string }> {
  const home = folderFor(who.user);
  const answer = await drive(
    made.driver,
    { ...who, wrapper: [made.noNamespaces] },
    { isolation: 'auto', root: join(home, 'scope'), store: join(home, 'store'), home, ...request },
  );
  return { ...answer, home };
}

describe('openEnvironment() as a user where namespaces are forbidden', () => {
  const who = { name: 'a user', user: rootlessUser() };

  test('falls back to mapped directories and says why', async () => {
    const script = 'pwd; echo x > made; echo "$HOME $TMPDIR"';
    const { home, ...answer } = await confined(who, {
      execs: [{ argv: ['sh', '-c', script], env: { PATH: '/usr/bin:/bin', HOME: '/h', TMPDIR: '/t' } }],
    });
    expect(answer).toMatchObject({ isolation: 'mapped', mechanism: 'mapped directory', hides: false });
    expect(answer.paths?.app).toEqual({
      host: join(home, 'scope/app'),
      inside: join(home, 'scope/app'),
      image: '/workspace',
    });
    expect(answer.results[0]).toMatchObject({ exitCode: 0, stdout: `${home}/scope/app\n/h /t\n` });
    expect(readFileSync(join(home, 'scope/app/made'), 'utf8')).toBe('x\n');
    expect(answer.events).toContainEqual({
      type: 'info',
      message: expect.stringMatching(
        /^Building in mapped directories: A system call filter, .+ forbids namespaces and mounts/,
      ) as string,
    });
  });

  test('refuses "real" with every way that was tried and what would help', async () => {
    const { error } = await confined(who, { isolation: 'real' });
    expect(error).toMatchObject({
      code: 'ISOLATION_UNAVAILABLE',
      message: 'Cannot make an isolated build environment: no way to it works here',
      detail: expect.stringMatching(/^bubblewrap: A system call filter.+\nunshare: A system call filter/) as string,
      hint: expect.stringMatching(/seccomp=unconfined[^]*--isolation mapped/) as string,
    });
  });
});

describe.skipIf(process.getuid?.() !== 0)('openEnvironment() as root where namespaces are forbidden', () => {
  const who = { name: 'root', user: root };

  test('makes the directories at the root, for this build only, and says that nothing is hidden', async () => {
    expect(existsSync('/workspace') || existsSync('/layers')).toBe(false);
    const answer = await confined(who, { execs: [{ argv: ['sh', '-c', 'pwd; touch /layers/a /platform/b; id -u'] }] });
    expect(answer).toMatchObject({ isolation: 'real', mechanism: 'directories at /', hides: false });
    expect(answer.paths?.layers).toEqual({ host: '/layers', inside: '/layers', image: '/layers' });
    expect(answer.results[0]).toMatchObject({ exitCode: 0, stdout: '/workspace\n0\n' });
    expect(answer.events.map((event) => ('message' in event ? event.message : ''))).toContain(
      'Running buildpacks as root, without isolation: this container allows no namespaces',
    );
    expect(
      readdirSync('/').filter((name) =>
        ['workspace', 'layers', 'platform', 'cnb', '.tsbuildpack', '.tsbuildpack.lock'].includes(name),
      ),
    ).toEqual([]);
  });

  test("falls back to mapped directories where /workspace is somebody's", async () => {
    mkdirSync('/workspace');
    writeFileSync('/workspace/mine', 'mine');
    chownSync('/workspace', 1234, 1234);
    try {
      const answer = await confined(who, { execs: [{ argv: ['pwd'] }] });
      expect(answer).toMatchObject({ isolation: 'mapped' });
      const { error } = await confined(who, { isolation: 'real' });
      expect(error?.detail).toContain('directories at /: "/workspace" exists and was not made by tsbuildpack');
      expect(readdirSync('/workspace')).toEqual(['mine']);
    } finally {
      rmSync('/workspace', { recursive: true });
    }
  });
});

describe.skipIf(process.getuid?.() !== 0)('openEnvironment() as a user without an account', () => {
  test('works as for anyone', async () => {
    const who = { name: 'nobody we know', user: { name: '54321', uid: 54_321, gid: 54_321 } };
    const home = folderFor(who.user);
    const program = [
      'setpriv',
      '--reuid=54321',
      '--regid=54321',
      '--clear-groups',
      '--',
      process.execPath,
      made.driver,
    ];
    const request = {
      isolation: 'real',
      root: join(home, 'scope'),
      store: join(home, 'store'),
      execs: [{ argv: ['id', '-u'] }],
    };
    const stdout = execFileSync(program[0] ?? '', program.slice(1), {
      input: JSON.stringify(request),
      env: { PATH: '/usr/bin:/bin' },
      cwd: '/',
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toMatchObject({ mechanism: 'bubblewrap', results: [{ stdout: '1001\n' }] });
  });
});
