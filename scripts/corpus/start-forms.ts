import { byItself, byTheSignal, type CorpusApp } from './corpus-app.ts';

const express = { express: '^5' };
const answers = "require('express')().get('/', (_, res) => res.send('Start says 42')).listen(process.env.PORT);\n";

function form(
  name: string,
  about: string,
  more: Pick<CorpusApp, 'inCi' | 'files'> & { readonly endsWith?: readonly number[] },
): CorpusApp {
  const { endsWith = byTheSignal, ...rest } = more;
  return { name, about, ...rest, expect: { kind: 'answer', says: 'Start says 42', endsWith } };
}

/** The ways in which people write what starts. */
export const startForms: readonly CorpusApp[] = [
  form('shell-list', '`node migrate.js && node server.js`: by a shell', {
    files: {
      'package.json': { name: 'list', scripts: { start: 'node migrate.js && node server.js' }, dependencies: express },
      'migrate.js': "console.log('migrated');\n",
      'server.js': answers,
    },
  }),
  form('prestart-build', '`prestart` builds: its work is done when the image is made', {
    files: {
      'package.json': {
        name: 'prestart',
        scripts: {
          build: 'tsc',
          prestart: 'npm run build',
          start: 'cross-env NODE_ENV=production node dist/server.js',
        },
        dependencies: express,
        devDependencies: { 'cross-env': '^7', typescript: '^5', '@types/node': '^22', '@types/express': '^5' },
      },
      'tsconfig.json': {
        compilerOptions: {
          module: 'commonjs',
          target: 'es2022',
          outDir: 'dist',
          rootDir: 'src',
          types: ['node'],
          skipLibCheck: true,
          esModuleInterop: true,
        },
        include: ['src'],
      },
      'src/server.ts':
        "import express from 'express';\nexpress().get('/', (_, res) => { res.send('Start says 42'); }).listen(process.env.PORT);\n",
    },
  }),
  form('procfile', 'A Procfile with two processes', {
    files: {
      'package.json': { name: 'procfile', scripts: { start: 'node nothing.js' }, dependencies: express },
      Procfile: 'worker: node worker.js\nweb: node --enable-source-maps server.js\n',
      'worker.js': 'setInterval(() => {}, 1000);\n',
      'server.js': answers,
    },
  }),
  form('tsx', 'TypeScript run as it is: `tsx src/server.ts`', {
    files: {
      'package.json': {
        name: 'tsx-app',
        scripts: { start: 'tsx src/server.ts' },
        dependencies: { ...express, tsx: '^4' },
      },
      'src/server.ts':
        "import express from 'express';\nconst port: number = Number(process.env.PORT);\nexpress().get('/', (_, res) => { res.send('Start says 42'); }).listen(port);\n",
    },
    endsWith: [0, 143],
  }),
  form('nodemon', '`nodemon app.js`, as many tutorials have it, with nodemon among the dependencies', {
    files: {
      'package.json': {
        name: 'nodemon-app',
        scripts: { start: 'nodemon app.js' },
        dependencies: { ...express, nodemon: '^3' },
      },
      'app.js': answers,
    },
    endsWith: [0, 143],
  }),
  form('pm2-runtime', '`pm2-runtime server.js`', {
    files: {
      'package.json': {
        name: 'pm2-app',
        scripts: { start: 'pm2-runtime server.js' },
        dependencies: { ...express, pm2: '^6' },
      },
      'server.js': answers,
    },
    endsWith: byItself,
  }),
  form('postinstall', '`postinstall` of the application writes what it reads', {
    files: {
      'package.json': {
        name: 'generated',
        scripts: { postinstall: 'node generate.js', start: 'node server.js' },
        dependencies: express,
      },
      'generate.js': "require('node:fs').writeFileSync('generated.json', JSON.stringify({ says: 'Start says 42' }));\n",
      'server.js':
        "require('express')().get('/', (_, res) => res.send(require('./generated.json').says)).listen(process.env.PORT);\n",
    },
  }),
];
