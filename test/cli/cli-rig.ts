import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../../scripts/repository-root.ts';

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The built command with a home and a store of its own. */
export class CliRig {
  readonly dir: string = mkdtempSync(join(tmpdir(), 'cli-'));
  readonly store: string = join(this.dir, 'store');

  constructor() {
    mkdirSync(join(this.dir, 'home'));
  }

  /** The command without its arguments. */
  readonly command: readonly [string, string] = [process.execPath, join(repositoryRoot, 'dist', 'cli.js')];

  /** What decides where Go and others fetch from is the machine's, not ours to change. */
  get env(): Record<string, string> {
    return {
      ...inherited([
        'PATH',
        'TMPDIR',
        'GOPROXY',
        'GOSUMDB',
        'GOTOOLCHAIN',
        'HTTPS_PROXY',
        'HTTP_PROXY',
        'NO_PROXY',
        'SSL_CERT_FILE',
      ]),
      HOME: join(this.dir, 'home'),
      TSBUILDPACK_STORE: this.store,
    };
  }

  start(args: readonly string[], { cwd = this.dir, env = {} }: CliOptions = {}): ChildProcess {
    const [node, cli] = this.command;
    return spawn(node, [cli, ...args], { cwd, env: { ...this.env, ...env }, stdio: 'pipe' });
  }

  async run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    const child = this.start(args, options);
    return await finished(child, options.input ?? '');
  }

  /** A new folder with these files. */
  folder(name: string, files: Readonly<Record<string, string>> = {}): string {
    const dir = join(this.dir, name);
    mkdirSync(dir, { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    return dir;
  }

  /** A folder with a static program and nothing else: the fastest application there is. */
  staticApp(name = 'static-app'): string {
    const dir = this.folder(name);
    copyFileSync(staticProgram(), join(dir, 'server'));
    return dir;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** esbuild's program is a static Go binary for this machine, and is here anyway. */
export function staticProgram(): string {
  const require = createRequire(join(repositoryRoot, 'package.json'));
  const esbuild = createRequire(require.resolve('esbuild'));
  return esbuild.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`);
}

export function finished(child: ChildProcess, input = ''): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.stdin?.on('error', () => {}).end(input);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ exitCode: code ?? (signal === null ? 1 : 128), ...output }));
  });
}

function inherited(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
