import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import type { SandboxMechanism } from '../../src/environment/sandbox-attempts.ts';
import { folderFor, runAs } from '../rootless.ts';
import type { Attack, AttackFacts } from './attacks.ts';
import { attacks } from './attacks.ts';
import type { DriverExecAnswer, Who } from './environment-contract.ts';
import { drive, everybody, makeDriver } from './environment-contract.ts';
import { makeImageRoot } from './image-root.ts';

const ways = everybody().flatMap((who) => {
  const mechanisms: readonly SandboxMechanism[] =
    who.user.uid === 0
      ? ['bubblewrap', 'runc', 'unshare', 'bubblewrap without a user namespace']
      : ['bubblewrap', 'runc', 'unshare'];
  return mechanisms.map((mechanism) => ({ name: `${mechanism} as ${who.name}`, who, mechanism }));
});

let made: Awaited<ReturnType<typeof makeDriver>>;
let compiled: string;

beforeAll(async () => {
  made = await makeDriver();
  compiled = join(dirname(made.driver), 'attack');
  execFileSync('gcc', ['-O1', '-static', '-o', compiled, join(repositoryRoot, 'test/environment/attack.c')]);
});

describe.each(ways)('a buildpack in an image by $name', ({ who, mechanism }) => {
  const chosen = attacks.filter(({ except = [] }) => !except.includes(mechanism));
  let scene: Scene;
  let answers: ReadonlyMap<Attack, DriverExecAnswer>;

  beforeAll(async () => {
    scene = await setScene(who);
    answers = await attackAll(chosen, scene, { who, mechanism });
  }, 120_000);

  afterAll(() => scene.end());

  test.each(chosen.map((attack) => ({ name: attack.name, attack })))('cannot $name', ({ attack }) => {
    const answer = answers.get(attack);
    // Anything else than these two is a mistake of the test: no such attack, or not tried.
    expect([0, 1, attack.mayEndWith]).toContain(answer?.exitCode);
    expect({ achieved: isAchieved(attack, answer, scene.facts), ...answer }).toMatchObject({ achieved: false });
  });

  test('leaves nothing behind that goes on when its step has ended', () => {
    expect(existsSync(join(scene.root, 'layers', 'tried'))).toBe(true);
    expect(existsSync(join(scene.root, 'layers', 'late'))).toBe(false);
  });

  test('has changed nothing of the machine', () => {
    expect(scene.helper.exitCode ?? scene.helper.signalCode).toBeNull();
    expect(hostname()).not.toBe('evil');
    expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).not.toContain('evil');
    expect(readFileSync(join(scene.imageRoot, 'bin', 'busybox')).equals(readFileSync('/bin/busybox'))).toBe(true);
    expect(existsSync(join(scene.imageRoot, 'usr', 'new'))).toBe(false);
  });
});

describe.each(everybody())('without the sandbox $name', (who) => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await setScene(who);
  });

  afterAll(() => scene.end());

  const controls = attacks.filter(({ control }) => control === 'host' || control === 'namespaces');

  test.each(controls.map((attack) => ({ name: attack.name, attack })))('can $name', async ({ attack }) => {
    const inNamespaces = ['unshare', '--user', '--map-root-user', '--mount'];
    const prefix = attack.control === 'namespaces' ? inNamespaces : [];
    const argv = [...scene.wrapper, ...prefix, scene.program, ...attack.args(scene.facts)];
    const { exitCode, stdout, stderr } = await runAs(who.user, argv, { home: scene.facts.home, cwd: '/' });
    const answer = { exitCode, stdout, stderr, lines: [] };
    expect({ achieved: isAchieved(attack, answer, scene.facts), ...answer }).toMatchObject({ achieved: true });
  });

  test('can do with the network of the machine what --network none prevents', async () => {
    const open = attacks.filter(({ control }) => control === 'host network');
    expect(open.length).toBeGreaterThan(1);
    const asked = open.map((attack) => ({ ...attack, network: 'host' as const }));
    const answers = await attackAll(asked, scene, { who, mechanism: 'bubblewrap' });
    expect([...answers.values()].map(({ exitCode }) => exitCode)).toEqual(open.map(() => 0));
  });
});

test.runIf(process.getuid?.() === 0)(
  'the set-user-id program of the suite gives the rights of its owner to a user',
  async () => {
    const who = everybody().find(({ user }) => user.uid !== 0);
    const scene = await setScene(who!);
    try {
      const argv = [scene.program, 'setuid', join(scene.imageRoot, 'usr/bin/attack-setuid')];
      expect(await runAs(who!.user, argv, { home: scene.facts.home, cwd: '/' })).toMatchObject({ exitCode: 0 });
    } finally {
      scene.end();
    }
  },
);

function isAchieved(attack: Attack, answer: DriverExecAnswer | undefined, { token }: AttackFacts): boolean {
  const isShown = attack.shows !== 'token' || answer?.stdout?.includes(token) === true;
  return answer?.exitCode === 0 && isShown;
}

interface Scene {
  readonly facts: AttackFacts;
  /** The scope's directory on the machine. */
  readonly root: string;
  readonly imageRoot: string;
  readonly program: string;
  readonly helper: ChildProcess;
  /** Starts a program with what a caller may have left to it: a variable, an open file, a key. */
  readonly wrapper: readonly string[];
  end(): void;
}

async function setScene(who: Who): Promise<Scene> {
  const home = folderFor(who.user);
  const token = `token-${Math.random().toString(36).slice(2)}`;
  const root = join(home, 'scope');
  const imageRoot = join(home, 'image');
  const program = join(root, 'buildpacks', 'attack');
  for (const dir of [join(root, 'buildpacks'), join(root, 'layers'), imageRoot]) mkdirSync(dir, { recursive: true });
  makeImageRoot(imageRoot);
  copyFileSync(compiled, program);
  const secretFile = join(home, 'secret');
  writeFileSync(secretFile, token, { mode: 0o600 });
  writeFileSync(join(root, 'layers', 'mine'), '');
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${who.user.uid}:${who.user.gid}`, home]);
  // Last, because a change of the owner takes the bit away; and of root where root runs the suite.
  copyFileSync(program, join(imageRoot, 'usr/bin/attack-setuid'));
  chmodSync(join(imageRoot, 'usr/bin/attack-setuid'), 0o4755);
  chmodSync(home, 0o755);
  const abstractName = `tsbuildpack-test-${token}`;
  const servers = [await listen(join(home, 'agent.sock')), await listen(`\0${abstractName}`), await listen(0)];
  const address = servers[2]?.address();
  chmodSync(join(home, 'agent.sock'), 0o777);
  const asUser = ['setpriv', `--reuid=${who.user.uid}`, `--regid=${who.user.gid}`, '--clear-groups'];
  const [command = '', ...args] = process.getuid?.() === 0 ? [...asUser, 'sleep', '600'] : ['sleep', '600'];
  const helper = spawn(command, args, { stdio: 'ignore' });
  const shmKey = 0x7300_0000 + (process.pid % 0xff_ffff);
  const shm = await runAs(who.user, [program, 'make-shm', String(shmKey)], { home, cwd: '/' });
  const keyName = `tsbuildpack-test-${token}`;
  const withFile = ['/bin/sh', '-c', 'exec 5<"$0"; exec "$@"', secretFile];
  return {
    facts: {
      secretFile,
      home,
      token,
      hostPid: helper.pid ?? 0,
      socketPath: join(home, 'agent.sock'),
      abstractName,
      port: typeof address === 'object' && address !== null ? address.port : 0,
      keyName,
      shmKey,
    },
    root,
    imageRoot,
    program,
    helper,
    wrapper: ['env', `TSBUILDPACK_TEST_SECRET=${token}`, program, 'with-key', keyName, token, ...withFile],
    end() {
      helper.kill('SIGKILL');
      for (const server of servers) server.close();
      execFileSync(program, ['remove-shm', shm.stdout.trim()]);
    },
  };
}

async function listen(place: string | number): Promise<Server> {
  const server = typeof place === 'number' ? createServer().listen(place, '127.0.0.1') : createServer().listen(place);
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

interface Way {
  readonly who: Who;
  readonly mechanism: SandboxMechanism;
}

async function attackAll(
  chosen: readonly Attack[],
  scene: Scene,
  { who, mechanism }: Way,
): Promise<ReadonlyMap<Attack, DriverExecAnswer>> {
  const answers = new Map<Attack, DriverExecAnswer>();
  for (const network of ['host', 'none'] as const) {
    const some = chosen.filter((attack) => (attack.network ?? 'host') === network);
    // One after the other: they use the same directories.
    // oxlint-disable-next-line no-await-in-loop
    const answer = await drive(
      made.driver,
      { ...who, wrapper: scene.wrapper },
      {
        isolation: 'image',
        root: scene.root,
        store: join(scene.facts.home, 'store'),
        home: scene.facts.home,
        network,
        buildRoot: { dir: scene.imageRoot, user: { uid: 1234, gid: 4321 }, env: {} },
        deps: { mechanisms: [mechanism], maxProcesses: 64 },
        execs: [...some.map((attack) => execOf(attack.args(scene.facts))), ...leavingBehind],
      },
    );
    expect(answer).not.toHaveProperty('error');
    expect(answer).toMatchObject({ isolation: 'image', mechanism });
    some.forEach((attack, index) => answers.set(attack, answer.results[index] ?? { lines: [] }));
  }
  return answers;
}

/** The last ones: what is left behind would have the time of the sleep to show itself. */
const leavingBehind = [
  execOf(['create', '/layers/tried']),
  execOf(['stay-behind', '/layers/late']),
  { argv: ['/bin/sleep', '1.3'], env: {} },
];

function execOf(args: readonly string[]): { argv: readonly string[]; env: Record<string, string> } {
  const env = { PATH: '/usr/bin:/bin', HOST_PID_NAMESPACE: readlinkSync('/proc/self/ns/pid') };
  return { argv: ['/cnb/buildpacks/attack', ...args], env };
}
