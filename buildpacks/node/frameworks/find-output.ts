import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A server that a framework's build has left. Paths are relative to the application. */
export interface FrameworkOutput {
  /** `Next.js standalone`. */
  readonly name: string;
  readonly words: readonly [string, ...string[]];
  /** Variables that it reads: without them it would listen where nobody outside of the container can reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** Everything that it needs is in here, dependencies included. Absent: it needs the production dependencies. */
  readonly contains?: string;
}

/** Looks for a server where frameworks leave one. Undefined: there is none. */
export function findOutput(appDir: string): FrameworkOutput | undefined {
  return nextStandalone(appDir) ?? nitro(appDir) ?? svelteKit(appDir) ?? astro(appDir);
}

/**
 * https://nextjs.org/docs/app/api-reference/config/next-config-js/output: in a monorepo the server lies below the path of the
 * application. Containers have a HOSTNAME, which it would listen on alone.
 */
function nextStandalone(appDir: string): FrameworkOutput | undefined {
  const root = '.next/standalone';
  const file = findServer(join(appDir, root), 4);
  if (file === undefined) return undefined;
  return {
    name: 'Next.js standalone',
    words: ['node', `${root}/${file}`],
    env: { HOSTNAME: '0.0.0.0' },
    contains: root,
  };
}

/** `server.js` beside a `.next`, in the highest folder that has both. */
function findServer(dir: string, depth: number): string | undefined {
  if (isFile(join(dir, 'server.js')) && existsSync(join(dir, '.next'))) return 'server.js';
  if (depth === 0 || !existsSync(dir)) return undefined;
  for (const entry of readdirSync(dir, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() || entry.name === 'node_modules') continue;
    const found = findServer(join(dir, entry.name), depth - 1);
    if (found !== undefined) return `${entry.name}/${found}`;
  }
  return undefined;
}

/** Nuxt, and everything else on Nitro: https://nitro.build/deploy/runtimes/node */
function nitro(appDir: string): FrameworkOutput | undefined {
  if (!isFile(join(appDir, '.output/server/index.mjs'))) return undefined;
  return { name: 'Nitro', words: ['node', '.output/server/index.mjs'], env: {}, contains: '.output' };
}

/** https://svelte.dev/docs/kit/adapter-node: it wants package.json and the production dependencies beside it. */
function svelteKit(appDir: string): FrameworkOutput | undefined {
  const isThere = ['index.js', 'handler.js', 'env.js'].every((name) => isFile(join(appDir, 'build', name)));
  return isThere ? { name: 'SvelteKit', words: ['node', 'build'], env: { HOST: '0.0.0.0' } } : undefined;
}

/** https://docs.astro.build/en/guides/integrations-guide/node/: listens on localhost when HOST is not set. */
function astro(appDir: string): FrameworkOutput | undefined {
  if (!isFile(join(appDir, 'dist/server/entry.mjs'))) return undefined;
  return { name: 'Astro', words: ['node', './dist/server/entry.mjs'], env: { HOST: '0.0.0.0' } };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
