import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../scripts/repository-root.ts';

/** Where scripts/setup put the tools that are no Debian packages. */
function toolsDir(): string {
  const script = join(repositoryRoot, 'scripts', 'test-tools-dir');
  return process.env['TSBUILDPACK_TEST_TOOLS'] ?? execFileSync('bash', [script], { encoding: 'utf8' }).trim();
}

function existing(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing: run scripts/setup`);
  return path;
}

/** Node of this major version, from npm's own package of it. */
export function nodeBinary(major: 20 | 22 | 24): string {
  return existing(join(toolsDir(), `node-${major}`, 'bin', 'node'));
}

/** go-containerregistry's command, the judge of images: `crane validate`. */
export function craneBinary(): string {
  return existing(join(toolsDir(), 'bin', 'crane'));
}

/** The file of the npm command, to be run with a Node of one's choice. */
export function npmCommand(): string {
  return existing(join(toolsDir(), 'npm', 'node_modules', 'npm', 'bin', 'npm-cli.js'));
}
