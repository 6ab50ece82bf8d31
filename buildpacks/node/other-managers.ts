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
  const { rootDir, root } = project;
  const { packageManager = '', devEngines } = root?.manifest ?? {};
  const line = (keys: readonly string[]): string => `package.json:${lineOfKey(root?.text ?? '', keys)}`;
  const named = /^([a-z]+)(?:@|$)/i.exec(packageManager)?.[1];
  if (named !== undefined && named !== 'npm')
    return { name: named, where: `${line(['packageManager'])} asks for ${named}` };
  const wanted = devEngines?.packageManager ?? [];
  const [first] = wanted;
  if (first !== undefined && !wanted.some(({ name }) => name === 'npm')) {
    return { name: first.name, where: `${line(['devEngines', 'packageManager'])} asks for ${first.name}` };
  }
  // Who names npm has decided; a lockfile of npm's beside another's says nothing about which one is the remainder.
  if (named === 'npm' || wanted.length > 0) return undefined;
  const found = markers.find(([file]) => existsSync(join(rootDir, file)));
  return found && { name: found[1], where: `there is ${found[0]}` };
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
