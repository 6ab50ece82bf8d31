import { spawn, spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../scripts/repository-root.ts';
import { afterFile } from './after-file.ts';

/** Somebody without privileges. */
export interface RootlessUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface RunAsOptions {
  /** @default the user's new, empty home */
  readonly cwd?: string;
  /** Added to PATH, HOME, USER, LANG and XDG_RUNTIME_DIR; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** A folder that the user may write. @default a new, empty one, removed afterwards */
  readonly home?: string;
  readonly input?: string;
}

export interface RunAsResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The user that scripts/setup created, or, when the tests do not run as root, the one who runs them. */
export function rootlessUser(): RootlessUser {
  if (process.getuid?.() !== 0) {
    const { username, uid, gid } = userInfo();
    return { name: username, uid, gid };
  }
  const name = process.env['TSBUILDPACK_TEST_USER'] ?? 'tsbuildpack-test';
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name);
  if (entry === undefined) throw new Error(`There is no user ${name}: run scripts/setup`);
  return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** A new, empty folder that belongs to `user`, removed after the file of tests. */
export function folderFor(user: RootlessUser): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsbuildpack-rootless-'));
  afterFile(() => removeAs(user, folder));
  if (process.getuid?.() === 0) chownSync(folder, user.uid, user.gid);
  return folder;
}

/** Runs a program as `user`, with that user's groups and none of our environment, home or standard input. */
export async function runAs(
  user: RootlessUser,
  argv: readonly string[],
  options: RunAsOptions = {},
): Promise<RunAsResult> {
  const home = options.home ?? folderFor(user);
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    USER: user.name,
    LANG: 'C.UTF-8',
    XDG_RUNTIME_DIR: home,
    ...options.env,
  };
  try {
    return await collect([...asUser(user), ...argv], { cwd: options.cwd ?? home, env, input: options.input ?? '' });
  } finally {
    // Rootless podman leaves files of other ids behind, which only root or the user's own namespace can remove.
    if (options.home === undefined) removeAs(user, home);
  }
}

// setpriv and not Node's uid option: that one keeps root's supplementary groups.
function asUser(user: RootlessUser): string[] {
  if (process.getuid?.() !== 0) return [];
  return ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--inh-caps=-all', '--'];
}

export function removeAs(user: RootlessUser, folder: string): void {
  if (user.uid === process.getuid?.()) spawnSync('unshare', ['--map-root-user', '--map-auto', 'rm', '-rf', folder]);
  rmSync(folder, { recursive: true, force: true });
}

interface CollectOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly input: string;
}

function collect(argv: readonly string[], options: CollectOptions): Promise<RunAsResult> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: options.cwd, env: options.env, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    // A program that reads nothing closes its end first.
    child.stdin.on('error', () => {}).end(options.input);
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? 128, ...output }));
  });
}

/**
 * A folder with the built package that `user` may read: the checkout itself, or a copy when the checkout is below a home
 * that is closed to others. Holds dist/cli.js.
 */
export async function packageReadableBy(user: RootlessUser): Promise<string> {
  const cli = join(repositoryRoot, 'dist', 'cli.js');
  if (!existsSync(cli)) throw new Error(`${cli} is missing: run npm run build`);
  const { exitCode } = await runAs(user, ['test', '-r', cli]);
  if (exitCode === 0) return repositoryRoot;
  const copy = folderFor(user);
  for (const name of ['package.json', 'dist', 'stacks', 'launcher/prebuilt', 'examples']) {
    const from = join(repositoryRoot, name);
    if (existsSync(from)) cpSync(from, join(copy, name), { recursive: true });
  }
  return copy;
}
