import { byItself, byTheSignal, type CorpusApp } from './corpus-app.ts';

/** Applications of our own on the packages of frameworks whose generators fetch their templates from elsewhere. */
export const frameworkApps: readonly CorpusApp[] = [
  {
    name: 'astro',
    about: 'Astro with `@astrojs/node`, which listens on localhost unless told otherwise',
    files: {
      'package.json': {
        name: 'astro-app',
        type: 'module',
        scripts: { dev: 'astro dev', build: 'astro build', preview: 'astro preview' },
        dependencies: { astro: '^7', '@astrojs/node': '^11' },
      },
      'astro.config.mjs': [
        "import node from '@astrojs/node';",
        "import { defineConfig } from 'astro/config';",
        "export default defineConfig({ output: 'server', adapter: node({ mode: 'standalone' }) });",
        '',
      ].join('\n'),
      'src/pages/index.astro':
        '---\nconst sum = 20 + 22;\n---\n<html lang="en"><body><h1>Astro says {sum}</h1></body></html>\n',
    },
    expect: { kind: 'answer', says: 'Astro says 42', endsWith: [0, 143] },
  },
  {
    name: 'react-router',
    about: 'React Router with `@react-router/serve`',
    files: {
      'package.json': {
        name: 'react-router-app',
        type: 'module',
        scripts: {
          build: 'react-router build',
          dev: 'react-router dev',
          start: 'react-router-serve ./build/server/index.js',
        },
        dependencies: {
          '@react-router/node': '7.18.4',
          '@react-router/serve': '7.18.4',
          isbot: '^5',
          react: '^19',
          'react-dom': '^19',
          'react-router': '7.18.4',
        },
        devDependencies: { '@react-router/dev': '7.18.4', vite: '^7' },
      },
      'vite.config.js': [
        "import { reactRouter } from '@react-router/dev/vite';",
        "import { defineConfig } from 'vite';",
        'export default defineConfig({ plugins: [reactRouter()] });',
        '',
      ].join('\n'),
      'app/root.jsx': [
        "import { Outlet, Scripts } from 'react-router';",
        'export default function App() {',
        '  return (',
        '    <html lang="en"><body><Outlet /><Scripts /></body></html>',
        '  );',
        '}',
        '',
      ].join('\n'),
      'app/routes.js':
        "import { index } from '@react-router/dev/routes';\nexport default [index('routes/home.jsx')];\n",
      'app/routes/home.jsx': [
        'export function loader() { return { sum: 20 + 22 }; }',
        'export default function Home({ loaderData }) { return <h1>{`Router says ${loaderData.sum}`}</h1>; }',
        '',
      ].join('\n'),
    },
    expect: { kind: 'answer', says: 'Router says 42', endsWith: [0, 143] },
  },
  {
    name: 'nuxt',
    about: 'Nuxt: its `.output` holds all that it needs',
    files: {
      'package.json': {
        name: 'nuxt-app',
        type: 'module',
        scripts: { build: 'nuxt build', dev: 'nuxt dev', postinstall: 'nuxt prepare' },
        dependencies: { nuxt: '^4', vue: '^3', 'vue-router': '^4' },
      },
      'nuxt.config.ts': "export default defineNuxtConfig({ compatibilityDate: '2025-07-15', telemetry: false });\n",
      'app/app.vue': '<template><h1>Nuxt says {{ 20 + 22 }}</h1></template>\n',
    },
    expect: { kind: 'answer', says: 'Nuxt says 42', endsWith: [0, 143] },
  },
  {
    name: 'hono-typescript',
    about: 'Hono, compiled by TypeScript',
    files: {
      'package.json': {
        name: 'hono-app',
        type: 'module',
        scripts: { dev: 'tsx watch src/index.ts', build: 'tsc', start: 'node dist/index.js' },
        dependencies: { '@hono/node-server': '^2', hono: '^4' },
        devDependencies: { '@types/node': '^22', tsx: '^4', typescript: '^5' },
      },
      'tsconfig.json': {
        compilerOptions: {
          target: 'es2022',
          module: 'nodenext',
          strict: true,
          outDir: 'dist',
          rootDir: 'src',
          types: ['node'],
          skipLibCheck: true,
        },
        include: ['src'],
      },
      'src/index.ts': [
        "import { serve } from '@hono/node-server';",
        "import { Hono } from 'hono';",
        'const app = new Hono();',
        "app.get('/', (c) => c.text(`Hono says ${20 + 22}`));",
        "serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000) });",
        '',
      ].join('\n'),
    },
    expect: { kind: 'answer', says: 'Hono says 42', endsWith: byTheSignal },
    inCi: true,
  },
  {
    name: 'koa',
    about: 'Koa, one file',
    files: {
      'package.json': { name: 'koa-app', main: 'app.js', dependencies: { koa: '^3' } },
      'app.js':
        "const Koa = require('koa');\nconst app = new Koa();\napp.use((ctx) => { ctx.body = 'Koa says 42'; });\napp.listen(process.env.PORT || 3000);\n",
    },
    expect: { kind: 'answer', says: 'Koa says 42', endsWith: byTheSignal },
  },
  {
    name: 'vite-react-express',
    about: 'A page by Vite and React, served by Express: built with development dependencies, run without',
    files: {
      'package.json': {
        name: 'full-stack',
        type: 'module',
        scripts: { build: 'vite build', dev: 'vite', start: 'NODE_ENV=production node server.js' },
        dependencies: { express: '^5' },
        devDependencies: { '@vitejs/plugin-react': '^5', react: '^19', 'react-dom': '^19', vite: '^7' },
      },
      'vite.config.js': "import react from '@vitejs/plugin-react';\nexport default { plugins: [react()] };\n",
      'index.html':
        '<!doctype html><title>Full stack</title><div id="root"></div><script type="module" src="/main.jsx"></script>\n',
      'main.jsx':
        "import { createRoot } from 'react-dom/client';\ncreateRoot(document.getElementById('root')).render(<h1>Hello</h1>);\n",
      'server.js':
        "import express from 'express';\nconst app = express();\napp.use(express.static('dist'));\napp.listen(process.env.PORT);\n",
    },
    expect: { kind: 'answer', says: '/assets/', endsWith: byTheSignal },
  },
  {
    name: 'sharp',
    about: 'sharp: a native add-on with libraries of its own',
    files: {
      'package.json': { name: 'sharp-app', scripts: { start: 'node server.js' }, dependencies: { sharp: '^0.34' } },
      'server.js': [
        "const http = require('node:http');",
        "const sharp = require('sharp');",
        'http.createServer(async (_request, response) => {',
        "  const { width, format } = await sharp(await sharp({ create: { width: 42, height: 8, channels: 3, background: 'red' } }).png().toBuffer()).metadata();",
        '  response.end(`${format} of width ${width}`);',
        '}).listen(process.env.PORT);',
        '',
      ].join('\n'),
    },
    expect: { kind: 'answer', says: 'png of width 42', endsWith: byTheSignal },
  },
  {
    name: 'bcrypt',
    about: 'bcrypt: a native add-on that is prebuilt',
    files: {
      'package.json': { name: 'bcrypt-app', scripts: { start: 'node server.js' }, dependencies: { bcrypt: '^6' } },
      'server.js': [
        "const http = require('node:http');",
        "const bcrypt = require('bcrypt');",
        "http.createServer(async (_request, response) => response.end(`same: ${await bcrypt.compare('x', await bcrypt.hash('x', 4))}`)).listen(process.env.PORT);",
        '',
      ].join('\n'),
    },
    expect: { kind: 'answer', says: 'same: true', endsWith: byTheSignal },
  },
  {
    name: 'workspaces',
    about: 'One of two applications in npm workspaces, with a package that both use',
    appPath: 'apps/api',
    files: {
      'package.json': {
        name: 'shop',
        private: true,
        workspaces: ['apps/*', 'packages/*'],
        devDependencies: { typescript: '^5' },
      },
      'apps/api/package.json': {
        name: '@shop/api',
        scripts: { start: 'node server.js' },
        dependencies: { '@shop/sum': '*', polka: '^0.5' },
      },
      'apps/api/server.js':
        "const { sum } = require('@shop/sum');\nrequire('polka')().get('/', (_, res) => res.end(`Workspaces say ${sum(20, 22)}`)).listen(process.env.PORT);\n",
      'apps/web/package.json': {
        name: '@shop/web',
        dependencies: { koa: '^3' },
        scripts: { start: 'node nothing.js' },
      },
      'packages/sum/package.json': {
        name: '@shop/sum',
        version: '1.0.0',
        main: 'dist/index.js',
        scripts: { build: 'tsc' },
      },
      'packages/sum/tsconfig.json': {
        compilerOptions: { module: 'commonjs', target: 'es2022', outDir: 'dist', rootDir: 'src' },
        include: ['src'],
      },
      'packages/sum/src/index.ts': 'export function sum(a: number, b: number): number {\n  return a + b;\n}\n',
    },
    expect: { kind: 'answer', says: 'Workspaces say 42', endsWith: byTheSignal },
  },
  {
    name: 'graceful',
    about: 'A server that closes its connections when it is told to stop',
    files: {
      'server.js': [
        "const http = require('node:http');",
        "const server = http.createServer((_, response) => response.end('Graceful says 42')).listen(process.env.PORT);",
        "process.on('SIGTERM', () => server.close(() => process.exit(0)));",
        '',
      ].join('\n'),
    },
    lockfile: false,
    expect: { kind: 'answer', says: 'Graceful says 42', endsWith: byItself },
  },
];
