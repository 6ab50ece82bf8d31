import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { NodeProject } from './find-project.ts';
import { lineOfKey } from './package-file.ts';

/** Files that only another package manager reads. */
const markers: readonly (readonly [string, string])[] = [
  ['yarn.lock', 'yarn'],
  ['.yarnrc.yml', 'yarn'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['pnpm-workspace.yaml', 'pnpm'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['deno.lock', 'deno'],
];

/**
 * Which package manager other than npm a project is made for, and by what: `package.json:4 asks for pnpm`. An npm install that ignores
 * the lockfile of another manager would give other versions than the developers have. Undefined: none.
 */
export function findOtherManager(project: NodeProject): { readonly name: string; readonly where: string } | undefined {
  const named = namedManager(project);
  if (named !== undefined) return named.name === 'npm' ? undefined : named;
  // A lockfile of npm's beside another's says nothing about which one is the remainder.
  const found = markers.find(([file]) => existsSync(join(project.rootDir, file)));
  return found && { name: found[1], where: `there is ${found[0]}` };
}

/** Who names npm, or another one, has decided. */
function namedManager({ root }: NodeProject): { readonly name: string; readonly where: string } | undefined {
  if (root === undefined) return undefined;
  const { packageManager = '', devEngines } = root.manifest;
  const decided = (name: string, keys: readonly string[]): { readonly name: string; readonly where: string } => ({
    name,
    where: `package.json:${lineOfKey(root.text, keys)} asks for ${name}`,
  });
  const named = /^([a-z]+)(?:@|$)/i.exec(packageManager)?.[1];
  if (named !== undefined && named !== 'npm') return decided(named, ['packageManager']);
  const wanted = devEngines.packageManager.map(({ name }) => name);
  const [first] = wanted.includes('npm') ? ['npm'] : wanted;
  if (first !== undefined) return decided(first, ['devEngines', 'packageManager']);
  return named === undefined ? undefined : decided(named, ['packageManager']);
}

/** Throws INVALID_INPUT naming the manager. */
export function refuseOtherManagers(project: NodeProject): void {
  const other = findOtherManager(project);
  if (other === undefined) return;
  throw new TsbuildpackError(
    'INVALID_INPUT',
    `Cannot build: the project is made for ${other.name}, which is not supported yet`,
    {
      detail: `It is because ${other.where}`,
      hint:
        project.lockfile === undefined
          ? 'Projects for npm are built: those with a package-lock.json, or without a file of another package manager'
          : `If ${project.lockfile} is the one that counts, delete the other file or name npm in "packageManager"`,
    },
  );
}
