import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.ts';

/** musl-dev of another architecture, unpacked. */
export interface ForeignMusl {
  /** The folder that stands for `/`. */
  readonly root: string;
  readonly version: string;
}

/**
 * Fetches musl-dev for an architecture that this machine does not have, with the machine's own apt configuration but
 * with lists and files of our own, so that neither its package lists nor its architectures change.
 */
export function foreignMusl(architecture: 'amd64' | 'arm64'): ForeignMusl {
  const folder = join(repositoryRoot, 'node_modules', '.cache', 'tsbuildpack', `musl-${architecture}`);
  if (!existsSync(join(folder, 'version'))) download(architecture, folder);
  return { root: join(folder, 'root'), version: readFileSync(join(folder, 'version'), 'utf8') };
}

function download(architecture: string, folder: string): void {
  const partial = `${folder}.${process.pid}`;
  mkdirSync(join(partial, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(partial, 'cache', 'archives', 'partial'), { recursive: true });
  const native = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
  const options = [
    `APT::Architectures::=${native}`,
    `APT::Architectures::=${architecture}`,
    `Dir::State::lists=${join(partial, 'lists')}`,
    `Dir::Cache=${join(partial, 'cache')}`,
    // Without root there is no user to change to and no lock to take.
    'APT::Sandbox::User=root',
    'Debug::NoLocking=1',
  ].flatMap((option) => ['-o', option]);
  const apt = (...args: string[]): void => {
    execFileSync('apt-get', [...options, '-q', ...args], { cwd: partial, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  apt('update');
  apt('download', `musl-dev:${architecture}`);
  const file = readdirSync(partial).find((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error(`Cannot fetch musl-dev for ${architecture}: apt-get downloaded nothing`);
  execFileSync('dpkg-deb', ['-x', file, 'root'], { cwd: partial });
  writeFileSync(
    join(partial, 'version'),
    execFileSync('dpkg-deb', ['-f', file, 'Version'], { cwd: partial, encoding: 'utf8' }).trim(),
  );
  rmSync(join(partial, 'lists'), { recursive: true });
  rmSync(join(partial, 'cache'), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}
