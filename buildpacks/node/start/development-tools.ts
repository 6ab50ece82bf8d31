import type { DevelopmentCommand } from './start-command.ts';

interface Tool {
  readonly because: string;
  /** The first argument that makes it so: absent: any. `''` stands for no argument. */
  readonly when?: readonly string[];
}

const server = 'is a development server';
const compiles = 'compiles when it starts';
const watches = 'watches files';

/** Programs that have no place in an image, by name and by what they are asked to do. */
const tools: Readonly<Record<string, Tool>> = {
  astro: { because: server, when: ['', 'dev', 'preview'] },
  electron: { because: 'opens windows' },
  expo: { because: server },
  gatsby: { because: server, when: ['develop'] },
  nest: { because: compiles, when: ['start'] },
  netlify: { because: server, when: ['dev'] },
  next: { because: server, when: ['', 'dev'] },
  ng: { because: server, when: ['serve', 's', ''] },
  nuxi: { because: server, when: ['', 'dev', 'preview'] },
  nuxt: { because: server, when: ['', 'dev', 'preview', 'start'] },
  parcel: { because: server },
  'react-router': { because: server, when: ['dev'] },
  'react-scripts': { because: server, when: ['start'] },
  remix: { because: server, when: ['dev', 'vite:dev'] },
  snowpack: { because: server, when: ['dev'] },
  storybook: { because: server, when: ['dev'] },
  strapi: { because: watches, when: ['develop', 'dev'] },
  'svelte-kit': { because: server, when: ['dev', 'preview'] },
  'ts-node-dev': { because: watches },
  tsnd: { because: watches },
  vercel: { because: server, when: ['dev'] },
  vite: { because: server, when: ['', 'dev', 'serve', '.', 'preview'] },
  'vue-cli-service': { because: server, when: ['serve'] },
  webpack: { because: server, when: ['serve', 'server', 's'] },
  'webpack-dev-server': { because: server },
  wrangler: { because: server, when: ['dev'] },
};

/** Packages that have a program of another name. */
const packageOf: Readonly<Record<string, string>> = {
  'babel-node': '@babel/node',
  nest: '@nestjs/cli',
  ng: '@angular/cli',
  'react-router': '@react-router/dev',
  remix: '@remix-run/dev',
  'svelte-kit': '@sveltejs/kit',
  swc: '@swc/cli',
  'swc-node': '@swc-node/register',
  tsc: 'typescript',
  tsserver: 'typescript',
  vue: '@vue/cli',
  'vue-cli-service': '@vue/cli-service',
};

export interface DeclaredDependencies {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Why a program cannot be what the image starts: known from its name and arguments, and from where it is declared. */
export function developmentUse(
  words: readonly string[],
  { dependencies, devDependencies }: DeclaredDependencies,
): DevelopmentCommand | undefined {
  const [program = '', ...args] = words;
  const argument = args.find((arg) => !arg.startsWith('-')) ?? '';
  const watching = watchFlag(program, args);
  if (watching !== undefined) return { kind: 'development', tool: `${program} ${watching}`, because: watches };
  const tool = tools[program];
  if (tool !== undefined && (tool.when === undefined || tool.when.includes(argument))) {
    return { kind: 'development', tool: argument === '' ? program : `${program} ${argument}`, because: tool.because };
  }
  const name = packageOf[program] ?? program;
  return devDependencies[name] === undefined || dependencies[name] !== undefined
    ? undefined
    : fromDevelopment(program, name);
}

/** A program that is not there once only production dependencies are. */
function fromDevelopment(program: string, packageName: string): DevelopmentCommand {
  return { kind: 'development', tool: program, because: `comes with ${packageName}, a development dependency` };
}

/** `node --watch`, `tsx watch`, `tsc -w`. */
function watchFlag(program: string, args: readonly string[]): string | undefined {
  if (program === 'node') return args.find((arg) => /^--watch(?:$|-|=)/.test(arg));
  if (program === 'tsx') return args[0] === 'watch' || args.includes('--watch') ? 'watch' : undefined;
  return program === 'tsc' ? args.find((arg) => arg === '-w' || arg === '--watch') : undefined;
}
