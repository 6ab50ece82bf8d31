import { closeSync, existsSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A program that a package brings. */
export interface PackageProgram {
  /** On this machine, links followed. */
  readonly file: string;
  /** Words in front of it: `node` and its flags for a script of Node's, none for what the kernel starts. */
  readonly interpreter: readonly string[];
  /** Host path of the package that it belongs to. */
  readonly packageDir: string;
  readonly packageName: string;
}

/** Looks for a program where npm puts those of packages: `node_modules/.bin` of the application and of the folders above it. */
export function findProgram(
  name: string,
  { appDir, rootDir }: { readonly appDir: string; readonly rootDir: string },
): PackageProgram | undefined {
  for (let dir = appDir; ; dir = dirname(dir)) {
    const link = join(dir, 'node_modules', '.bin', name);
    if (existsSync(link)) return programAt(realpathSync(link));
    if (dir === rootDir || dir === dirname(dir)) return undefined;
  }
}

/** Reads how a file wants to be started. */
export function programAt(file: string): PackageProgram {
  const packageDir = packageOf(file);
  return { file, interpreter: interpreterOf(file), packageDir, packageName: nameOf(packageDir) };
}

/** `#!/usr/bin/env node`, also with flags; Node runs scripts with another first line too, but who wrote that wants a shell. */
function interpreterOf(file: string): readonly string[] {
  const [, path = '', rest = ''] = /^#!\s*(\S+)[ \t]*(.*)/.exec(firstLine(file)) ?? [];
  if (path === '') return /\.[cm]?js$/.test(file) ? ['node'] : [];
  const words = rest.split(/\s+/).filter((word) => word !== '' && word !== '-S');
  if (path.endsWith('/node')) return ['node', ...words];
  return path.endsWith('/env') && words[0] === 'node' ? words : [];
}

function firstLine(file: string): string {
  const buffer = Buffer.alloc(256);
  const descriptor = openSync(file, 'r');
  try {
    const size = readSync(descriptor, buffer, 0, buffer.length, 0);
    return buffer.subarray(0, size).toString('latin1').split('\n')[0]?.trimEnd() ?? '';
  } finally {
    closeSync(descriptor);
  }
}

function packageOf(file: string): string {
  let dir = dirname(file);
  while (!statSync(join(dir, 'package.json'), { throwIfNoEntry: false })?.isFile() && dir !== dirname(dir))
    dir = dirname(dir);
  // Some packages keep further package.json files below: `{"type": "module"}`.
  const inside = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)(?:\/|$)/.exec(file);
  return inside?.[1] ?? dir;
}

function nameOf(packageDir: string): string {
  const document: unknown = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  const hasName = typeof document === 'object' && document !== null && 'name' in document;
  return hasName && typeof document.name === 'string' ? document.name : relative(dirname(packageDir), packageDir);
}
