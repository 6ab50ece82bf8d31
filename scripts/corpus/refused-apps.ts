import type { CorpusApp } from './corpus-app.ts';

/** What gets no image, because it would not start, and the message that says why. */
export const refusedApps: readonly CorpusApp[] = [
  {
    name: 'vite-react',
    about: 'A page without a server, `npx create-vite`',
    generator: ['create-vite@9', 'APP', '--template', 'react-ts', '--no-interactive'],
    lockfile: false,
    expect: { kind: 'refusal', exitCode: 20, says: 'it is a Vite application without a server' },
    inCi: true,
  },
  {
    name: 'pnpm',
    about: 'A project of another package manager',
    files: {
      'package.json': { name: 'pnpm-app', scripts: { start: 'node server.js' }, dependencies: { express: '^5' } },
      'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
      'server.js': '',
    },
    lockfile: false,
    expect: { kind: 'refusal', exitCode: 21, says: 'the project is made for pnpm' },
  },
  {
    name: 'development-start',
    about: '`ts-node src/index.ts` with ts-node for development',
    files: {
      'package.json': {
        name: 'dev-start',
        scripts: { start: 'ts-node src/index.ts' },
        devDependencies: { 'ts-node': '^10' },
      },
      'src/index.ts': '',
    },
    lockfile: false,
    expect: { kind: 'refusal', exitCode: 52, says: 'ts-node, a development dependency' },
  },
];
