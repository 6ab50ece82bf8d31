import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { goDirectives, replacedPaths, usedPaths } from './go-directives.ts';
import type { SourceRootClaim } from './source-root-claim.ts';
import { ancestors, commonDirectory, isWithin, readText } from './source-root-claim.ts';

/** What a Go application needs around itself: its module, the workspace that uses it, what `replace` names. Not above `limit`. */
export function goSourceRoot(appDir: string, limit: string): SourceRootClaim | undefined {
  const module = moduleOf(appDir, limit);
  if (module === undefined) return undefined;
  return workspaceClaim(module, limit) ?? moduleClaim(appDir, module, limit);
}

/** The directory of the go.mod that the application belongs to. */
function moduleOf(appDir: string, limit: string): string | undefined {
  if (existsSync(join(appDir, 'go.mod'))) return appDir;
  if (!readdirSync(appDir).some((name) => name.endsWith('.go'))) return undefined;
  return ancestors(appDir, limit).find((dir) => existsSync(join(dir, 'go.mod')));
}

function workspaceClaim(module: string, limit: string): SourceRootClaim | undefined {
  // The go command takes the nearest go.work and no other: https://go.dev/ref/mod#workspaces
  const dir = [module, ...ancestors(module, limit)].find((place) => existsSync(join(place, 'go.work')));
  if (dir === undefined) return undefined;
  const directives = goDirectives(readText(join(dir, 'go.work')) ?? '');
  const used = usedPaths(directives).map((path) => resolve(dir, path));
  if (!used.includes(module)) return undefined;
  const replaced = [
    ...replacedPaths(directives).map((path) => resolve(dir, path)),
    ...used.flatMap((place) => replacedBy(place)),
  ];
  const needed = [...used, ...replaced].filter((path) => isWithin(path, limit));
  return { root: commonDirectory([dir, ...needed]), reason: `${join(dir, 'go.work')} uses the module` };
}

function moduleClaim(appDir: string, module: string, limit: string): SourceRootClaim | undefined {
  const replaced = replacedBy(module).filter((path) => isWithin(path, limit));
  const root = commonDirectory([module, ...replaced]);
  if (root !== module) {
    const outside = replaced.find((path) => !isWithin(path, module));
    return { root, reason: `${join(module, 'go.mod')} replaces a module with ${outside}` };
  }
  return module === appDir ? undefined : { root, reason: `${join(module, 'go.mod')} is of the module` };
}

function replacedBy(module: string): readonly string[] {
  const text = readText(join(module, 'go.mod'));
  return text === undefined ? [] : replacedPaths(goDirectives(text)).map((path) => resolve(module, path));
}
