import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

export interface LoggedRun {
  readonly exitCode: number | null;
  /** Both streams. */
  readonly output: string;
}

/** Runs a program to its end; what it writes goes to the end of a file too. */
export function runLogged(
  argv: readonly string[],
  {
    cwd,
    log,
    env = {},
  }: { readonly cwd: string; readonly log: string; readonly env?: Readonly<Record<string, string>> },
): Promise<LoggedRun> {
  const [program = '', ...args] = argv;
  appendFileSync(log, `$ ${argv.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const listen = (text: string): void => {
      output += text;
      appendFileSync(log, text);
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
}
