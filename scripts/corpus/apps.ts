import { byItself, byTheSignal, type CorpusApp } from './corpus-app.ts';
import { frameworkApps } from './framework-apps.ts';
import { publishedServers } from './published-servers.ts';
import { refusedApps } from './refused-apps.ts';
import { startForms } from './start-forms.ts';

/** Applications out of generators, as people have them on the first day. */
const generatedApps: readonly CorpusApp[] = [
  {
    name: 'express-generator',
    about: 'Express, `npx express-generator`',
    generator: ['express-generator@4', '--no-view', 'APP'],
    expect: { kind: 'answer', says: 'Welcome to Express', endsWith: byTheSignal },
    inCi: true,
  },
  {
    name: 'fastify-cli',
    about: 'Fastify, `npx fastify-cli generate`',
    generator: ['fastify-cli@8', 'generate', 'APP'],
    expect: { kind: 'answer', says: '"root":true', endsWith: byItself },
    inCi: true,
  },
  {
    name: 'nest',
    about: 'NestJS, `npx @nestjs/cli new`: `start` is for developers, `start:prod` starts',
    generator: [
      '@nestjs/cli@11',
      'new',
      'nest',
      '--directory',
      'APP',
      '--skip-install',
      '--skip-git',
      '--package-manager',
      'npm',
    ],
    expect: { kind: 'answer', says: 'Hello World!', endsWith: byTheSignal },
  },
  {
    name: 'next-empty',
    about: 'Next.js, `npx create-next-app --empty`',
    generator: [
      'create-next-app@16',
      'APP',
      ...'--empty --ts --app --no-eslint --no-tailwind --no-src-dir --no-react-compiler --import-alias @/* --skip-install --use-npm --disable-git --yes'.split(
        ' ',
      ),
    ],
    expect: { kind: 'answer', says: 'Hello world!', endsWith: [0, 143] },
  },
  {
    name: 'next-standalone',
    about: 'The same with `output: "standalone"`',
    generator: [
      'create-next-app@16',
      'APP',
      ...'--empty --ts --app --no-eslint --no-tailwind --no-src-dir --no-react-compiler --import-alias @/* --skip-install --use-npm --disable-git --yes'.split(
        ' ',
      ),
    ],
    files: { 'next.config.ts': "export default { output: 'standalone' };\n" },
    expect: { kind: 'answer', says: 'Hello world!', endsWith: [0, 143] },
  },
  {
    name: 'sveltekit',
    about: 'SvelteKit, `npx sv create`, with `@sveltejs/adapter-node`',
    generator: ['sv@0.17', 'create', 'APP', '--template', 'minimal', '--types', 'ts', '--no-add-ons', '--no-install'],
    packageJson: { devDependencies: { '@sveltejs/adapter-node': '^5' } },
    files: {
      'vite.config.ts': [
        "import adapter from '@sveltejs/adapter-node';",
        "import { sveltekit } from '@sveltejs/kit/vite';",
        "import { defineConfig } from 'vite';",
        'export default defineConfig({ plugins: [sveltekit({ adapter: adapter() })] });',
        '',
      ].join('\n'),
    },
    expect: { kind: 'answer', says: 'Welcome to SvelteKit', endsWith: byItself },
  },
  {
    name: 'vite-ssr-react',
    about: 'React rendered on a server by Vite, `npx create-vite-extra`',
    generator: ['create-vite-extra@5', 'APP', '--template', 'ssr-react-ts'],
    expect: { kind: 'answer', says: 'Get started', endsWith: byTheSignal },
  },
  {
    name: 'vite-ssr-vue',
    about: 'Vue rendered on a server by Vite, `npx create-vite-extra`',
    generator: ['create-vite-extra@5', 'APP', '--template', 'ssr-vue'],
    expect: { kind: 'answer', says: 'Get started', endsWith: byTheSignal },
    inCi: true,
  },
];

/** All of them, in the order of the table. */
export const corpusApps: readonly CorpusApp[] = [
  ...generatedApps,
  ...frameworkApps,
  ...publishedServers,
  ...startForms,
  ...refusedApps,
];
