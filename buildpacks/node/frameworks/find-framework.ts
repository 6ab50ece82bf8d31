import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../package-file.ts';

/** What a web framework makes of an application. */
export type Framework = ServerFramework | StaticFramework;

/** Its build leaves a server, for which findOutput() looks. */
export interface ServerFramework {
  readonly kind: 'server';
  readonly name: string;
  /** Its own command that starts the server, if it has one: a start script that calls it is no decision of the user's. */
  readonly command?: readonly [string, ...string[]];
}

/** Its build leaves files for a web server, and no server. */
export interface StaticFramework {
  readonly kind: 'static';
  readonly name: string;
  /** What would make it a server. */
  readonly way?: string;
}

/** A framework by its packages and its configuration, before anything is built. */
export function findFramework(dir: string, manifest: Manifest): Framework | undefined {
  const { dependencies, devDependencies } = manifest;
  const has = (name: string): boolean => dependencies[name] !== undefined || devDependencies[name] !== undefined;
  for (const [name, find] of frameworks) {
    const found = has(name) ? find({ dir, has }) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Project {
  readonly dir: string;
  readonly has: (name: string) => boolean;
}

type Find = (project: Project) => Framework | undefined;

const server = (name: string, command?: readonly [string, ...string[]]): Framework => ({
  kind: 'server',
  name,
  ...(command && { command }),
});

const statics = (name: string, way?: string): Framework => ({
  kind: 'static',
  name,
  ...(way !== undefined && { way }),
});

/** By package. Those that build on others, such as on Vite, come first. */
const frameworks: readonly (readonly [string, Find])[] = [
  ['next', next],
  ['nuxt', () => server('Nuxt')],
  ['@sveltejs/kit', svelteKit],
  ['astro', astro],
  ['@react-router/dev', reactRouter],
  ['@remix-run/dev', remix],
  ['@tanstack/react-start', () => server('TanStack Start')],
  ['@solidjs/start', () => server('SolidStart')],
  ['vinxi', () => server('Vinxi')],
  ['nitropack', () => server('Nitro')],
  ['nitro', () => server('Nitro')],
  ['@angular/ssr', () => undefined],
  ['react-scripts', () => statics('Create React App')],
  ['@vue/cli-service', () => statics('Vue CLI')],
  [
    '@angular/core',
    ({ has }) =>
      has('@angular/ssr')
        ? undefined
        : statics('Angular', 'Angular renders on a server with @angular/ssr: ng add @angular/ssr'),
  ],
  ['gatsby', () => statics('Gatsby')],
  ['@11ty/eleventy', () => statics('Eleventy')],
  ['vitepress', () => statics('VitePress')],
  ['@docusaurus/core', () => statics('Docusaurus')],
  ['vite', () => statics('Vite')],
  ['parcel', () => statics('Parcel')],
];

function next({ dir }: Project): Framework {
  return /\boutput\s*:\s*['"`]export['"`]/.test(configOf(dir, 'next.config'))
    ? statics('Next.js with output: "export"', 'Without that setting its build makes a server')
    : server('Next.js', ['next', 'start']);
}

function svelteKit({ has }: Project): Framework {
  if (has('@sveltejs/adapter-node')) return server('SvelteKit');
  const adapter = has('@sveltejs/adapter-static') ? '@sveltejs/adapter-static' : 'an adapter for a hosting service';
  return statics(
    `SvelteKit with ${adapter}`,
    'To have a server: npm install -D @sveltejs/adapter-node, and name that in svelte.config.js or vite.config',
  );
}

function astro({ has }: Project): Framework {
  return has('@astrojs/node')
    ? server('Astro')
    : statics('Astro without an adapter', 'To have a server: npx astro add node');
}

function reactRouter({ dir, has }: Project): Framework {
  if (/\bssr\s*:\s*false/.test(configOf(dir, 'react-router.config'))) {
    return statics('React Router with ssr: false', 'Without that setting its build makes a server');
  }
  return server(
    'React Router',
    has('@react-router/serve') ? ['react-router-serve', './build/server/index.js'] : undefined,
  );
}

function remix({ has }: Project): Framework {
  return server('Remix', has('@remix-run/serve') ? ['remix-serve', './build/server/index.js'] : undefined);
}

/** The text of a configuration file without its comments; empty when there is none. */
function configOf(dir: string, name: string): string {
  const file = ['js', 'mjs', 'cjs', 'ts', 'mts']
    .map((extension) => join(dir, `${name}.${extension}`))
    .find((path) => existsSync(path));
  return file === undefined ? '' : readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
}
