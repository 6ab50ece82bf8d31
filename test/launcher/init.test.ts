import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { prebuiltLauncher } from './run-launcher.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Init {
  readonly process: ChildProcess;
  /** Resolves when the text was printed on standard output. */
  printed(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

function startInit(...command: string[]): Init {
  const child = spawn(prebuiltLauncher().file, command, { argv0: '/layers/x/bin/tsbuildpack-init', timeout: 15_000 });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return {
    process: child,
    printed: async (text) => {
      while (!output.stdout.includes(text)) await once(child.stdout, 'data');
    },
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...output })),
  };
}

const shell = (script: string): Init => startInit('bash', '-c', script);

describe('tsbuildpack-init', () => {
  test('gives back the status of its child', async () => {
    expect(await shell('echo out; echo err >&2; exit 42').ended).toEqual({
      code: 42,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('gives back 128 and the number of the signal that ended its child', async () => {
    expect((await shell('kill -KILL $$').ended).code).toBe(137);
  });

  test('passes arguments and environment on as they are', async () => {
    const { stdout } = await startInit('--', 'bash', '-c', 'printf "%s|" "$0" "$@"', 'a b', '', '--', 'c').ended;
    expect(stdout).toBe('a b||--|c|');
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGQUIT', 'SIGWINCH'] as const)(
    'forwards %s',
    async (signal) => {
      const init = shell(`trap 'echo got; exit 7' ${signal.slice(3)}; echo ready; while :; do sleep 0.02; done`);
      await init.printed('ready');
      init.process.kill(signal);
      expect(await init.ended).toMatchObject({ code: 7, stdout: 'ready\ngot\n' });
    },
  );

  test('forks once: the command is its child', async () => {
    const init = shell('echo $PPID; exec cat');
    await init.printed('\n');
    init.process.stdin?.end();
    expect((await init.ended).stdout.trim()).toBe(String(init.process.pid));
  });

  test('reaps what its descendants leave behind', async () => {
    // The orphan ends at once; as a zombie it would still be in /proc.
    const init = shell('bash -c "sleep 0.1 & echo \\$!" & wait; exec cat');
    await init.printed('\n');
    const found = shell('sleep 0.4').ended;
    await found;
    init.process.stdin?.end();
    const { stdout } = await init.ended;
    const gone = await shell(`test -e /proc/${stdout.trim()} && echo there || echo gone`).ended;
    expect(gone.stdout).toBe('gone\n');
  });

  test('adopts orphans when it is not process 1', async () => {
    const init = shell(
      'bash -c "(sleep 0.1; echo \\$PPID; grep PPid /proc/\\$BASHPID/status) & exit" & wait; sleep 0.4',
    );
    const { stdout } = await init.ended;
    expect(stdout).toContain(`PPid:\t${init.process.pid}`);
  });

  test('ends when its child does, whatever still runs', async () => {
    const before = performance.now();
    await shell('sleep 5 >/dev/null 2>&1 & exit 0').ended;
    expect(performance.now() - before).toBeLessThan(4000);
  });

  test('leaves signal masks and dispositions to its child as they were', async () => {
    const status = 'grep -E "Sig(Blk|Ign)" /proc/self/status';
    const [through, direct] = await Promise.all([
      startInit('bash', '-c', `exec ${status}`).ended,
      new Promise<string>((resolve) => {
        const child = spawn('bash', ['-c', `exec ${status}`]);
        child.stdout.setEncoding('utf8').once('data', resolve);
      }),
    ]);
    expect(through.stdout).toBe(direct);
  });

  // @cnb EXI-09
  test.each([
    { name: 'a missing program', command: ['/missing'], code: 127, message: '/missing: no such file or directory' },
    {
      name: 'no program on PATH',
      command: ['missing-program'],
      code: 127,
      message: 'missing-program: no such file or directory',
    },
    {
      name: 'a file that is no program',
      command: ['/etc/passwd'],
      code: 126,
      message: '/etc/passwd: permission denied',
    },
    { name: 'no command', command: [], code: 82, message: 'a command is required' },
    { name: 'no command behind --', command: ['--'], code: 82, message: 'a command is required' },
  ])('says what is wrong: $name', async ({ command, code, message }) => {
    expect(await startInit(...command).ended).toEqual({ code, stdout: '', stderr: `tsbuildpack-init: ${message}\n` });
  });
});
