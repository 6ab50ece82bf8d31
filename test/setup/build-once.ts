import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage, newestSource } from '../../scripts/build/build-package.ts';
import { repositoryRoot } from '../../scripts/repository-root.ts';

/** Builds dist/ before the first test when a source is newer. Tests of modules alone run even if this fails. */
export async function setup(): Promise<void> {
  const cli = join(repositoryRoot, 'dist', 'cli.js');
  if (existsSync(cli) && statSync(cli).mtimeMs > (await newestSource(repositoryRoot))) return;
  try {
    await buildPackage(repositoryRoot);
  } catch (error) {
    process.stderr.write(`dist/ is out of date, tests that start it will fail: ${String(error)}\n`);
  }
}
