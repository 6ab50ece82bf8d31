import { describe, expect, test } from 'vitest';
import { readScript } from '../../../../buildpacks/node/start/read-script.ts';
import type { StartCommand } from '../../../../buildpacks/node/start/start-command.ts';
import { manifestOf } from '../manifest-of.ts';

interface Case {
  readonly start: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: readonly string[];
  readonly dev?: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly files?: readonly string[];
  readonly ran?: readonly string[];
  readonly is: string;
}

function named(names: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, '*']));
}

function read({ start, scripts, dependencies, dev, config, files = [], ran = [] }: Omit<Case, 'is'>): StartCommand {
  const manifest = manifestOf({
    name: 'shop',
    version: '1.2.3',
    scripts: { start, ...scripts },
    dependencies: named(dependencies),
    devDependencies: named(dev),
    config,
  });
  return readScript('start', { manifest, hasFile: (path) => files.includes(path), ranScripts: ran });
}

/** One line for a command: what runs, or why not. */
function shown(command: StartCommand): string {
  switch (command.kind) {
    case 'direct': {
      const env = Object.entries(command.env).map(([name, value]) => `${name}=${value}`);
      return `direct: ${[...env, ...command.words].join(' | ')}`;
    }
    case 'shell':
      return `shell (${command.because}): ${command.script}`;
    case 'development':
      return `development: ${command.tool} ${command.because}`;
    case 'unusable':
      return `unusable: ${command.problem}`;
  }
}

const direct: readonly Case[] = [
  { start: 'node server.js', is: 'direct: node | server.js' },
  { start: 'node .', is: 'direct: node | .' },
  { start: 'node ./bin/www', is: 'direct: node | ./bin/www' },
  { start: 'nodejs index.js', is: 'direct: node | index.js' },
  { start: '  node   "my server.js"  ', is: 'direct: node | my server.js' },
  { start: String.raw`node my\ server.js 'a b'`, is: 'direct: node | my server.js | a b' },
  { start: 'NODE_ENV=production node dist/index.js', is: 'direct: NODE_ENV=production | node | dist/index.js' },
  { start: "A='x y' B=2 node app.mjs", is: 'direct: A=x y | B=2 | node | app.mjs' },
  { start: 'cross-env NODE_ENV=production node server', is: 'direct: NODE_ENV=production | node | server' },
  { start: 'cross-env -- PORT=8080 node server', is: 'direct: PORT=8080 | node | server' },
  { start: 'env PORT=3000 node server.js', is: 'direct: PORT=3000 | node | server.js' },
  { start: 'exec node server.js', is: 'direct: node | server.js' },
  { start: 'node -r dotenv/config dist/main.js', is: 'direct: node | -r | dotenv/config | dist/main.js' },
  {
    start: 'node --max-old-space-size=512 --enable-source-maps dist/main',
    is: 'direct: node | --max-old-space-size=512 | --enable-source-maps | dist/main',
  },
  { start: 'node --import tsx src/index.ts', is: 'direct: node | --import | tsx | src/index.ts' },
  { start: 'node --env-file=.env server.js', is: 'direct: node | server.js' },
  { start: 'node --env-file .env server.js', is: 'direct: node | server.js' },
  {
    start: 'node --env-file=config/defaults.env server.js',
    files: ['config/defaults.env'],
    is: 'direct: node | --env-file=config/defaults.env | server.js',
  },
  { start: 'node --env-file-if-exists=.env server.js', is: 'direct: node | --env-file-if-exists=.env | server.js' },
  { start: 'node server.js --env-file=x', is: 'direct: node | server.js | --env-file=x' },
  { start: 'next start', dependencies: ['next'], is: 'direct: next | start' },
  { start: 'next start -p 8080', dependencies: ['next'], is: 'direct: next | start | -p | 8080' },
  { start: 'npx next start', dependencies: ['next'], is: 'direct: next | start' },
  { start: 'npx --no-install -- http-server ./public', is: 'direct: http-server | ./public' },
  { start: 'react-router-serve ./build/server/index.js', is: 'direct: react-router-serve | ./build/server/index.js' },
  { start: 'remix-serve build', is: 'direct: remix-serve | build' },
  { start: 'fastify start -l info app.js', is: 'direct: fastify | start | -l | info | app.js' },
  { start: 'strapi start', dependencies: ['@strapi/strapi'], is: 'direct: strapi | start' },
  { start: 'verdaccio --listen 0.0.0.0:4873', is: 'direct: verdaccio | --listen | 0.0.0.0:4873' },
  { start: 'json-server --host 0.0.0.0 db.json', is: 'direct: json-server | --host | 0.0.0.0 | db.json' },
  { start: './node_modules/.bin/next start', is: 'direct: ./node_modules/.bin/next | start' },
  { start: 'pm2-runtime ecosystem.config.js', is: 'direct: pm2-runtime | ecosystem.config.js' },
  { start: 'ts-node src/index.ts', dependencies: ['ts-node'], is: 'direct: ts-node | src/index.ts' },
  { start: 'tsx src/index.ts', dependencies: ['tsx'], is: 'direct: tsx | src/index.ts' },
  { start: 'nodemon app.js', dependencies: ['nodemon'], is: 'direct: node | app.js' },
  {
    start: 'nodemon -w src --exec "node --enable-source-maps" src/app.js',
    dependencies: ['nodemon'],
    is: 'direct: node | --enable-source-maps | src/app.js',
  },
  { start: 'nodemon', dependencies: ['nodemon'], is: 'direct: node | index.js' },
  { start: 'npm run serve', scripts: { serve: 'node server.js' }, is: 'direct: node | server.js' },
  { start: 'npm run -s serve', scripts: { serve: 'node server.js' }, is: 'direct: node | server.js' },
  {
    start: 'npm run serve -- --port 80',
    scripts: { serve: 'NODE_ENV=production node server.js' },
    is: 'direct: NODE_ENV=production | node | server.js | --port | 80',
  },
  { start: 'yarn serve', scripts: { serve: 'node server.js' }, is: 'direct: node | server.js' },
  { start: 'yarn next start', is: 'direct: next | start' },
  { start: 'pnpm run serve', scripts: { serve: 'node server.js' }, is: 'direct: node | server.js' },
  {
    start: 'cross-env A=1 npm run serve',
    scripts: { serve: 'cross-env A=2 B=3 node x.js' },
    is: 'direct: A=2 | B=3 | node | x.js',
  },
  { start: 'dotenv -e .env.production -- node dist/index.js', is: 'direct: node | dist/index.js' },
  { start: 'dotenv -v PORT=80 node dist/index.js', is: 'direct: PORT=80 | node | dist/index.js' },
  { start: 'env-cmd -f .env node server.js', is: 'direct: node | server.js' },
  {
    start: 'node server.js --port $npm_package_config_port',
    config: { port: 8081 },
    is: 'direct: node | server.js | --port | 8081',
  },
  { start: 'node server.js "${npm_package_version}"', is: 'direct: node | server.js | 1.2.3' },
  {
    start: 'npm run build && node dist/index.js',
    scripts: { build: 'tsc' },
    ran: ['build'],
    is: 'direct: node | dist/index.js',
  },
  {
    start: 'node dist/index.js',
    scripts: { prestart: 'npm run build' },
    ran: ['build'],
    is: 'direct: node | dist/index.js',
  },
];

const inShell: readonly Case[] = [
  {
    start: 'prisma migrate deploy && node server.js',
    dependencies: ['prisma'],
    is: 'shell (uses "&&"): prisma migrate deploy && exec node server.js',
  },
  {
    start: 'npm run migrate && npm run serve',
    scripts: { migrate: 'knex migrate:latest', serve: 'NODE_ENV=production node server.js' },
    is: 'shell (uses "&&"): knex migrate:latest && NODE_ENV=production exec node server.js',
  },
  { start: 'node server.js $PORT', is: 'shell (uses "$"): exec node server.js $PORT' },
  { start: 'next start -p ${PORT:-3000}', is: 'shell (uses "$"): exec next start -p ${PORT:-3000}' },
  { start: 'PORT=$PORT next start', is: 'shell (uses "$"): PORT=$PORT exec next start' },
  { start: 'node server.js | pino-pretty', is: 'shell (uses "|"): node server.js | pino-pretty' },
  { start: 'node server.js 2>&1', is: 'shell (uses ">"): exec node server.js 2>&1' },
  {
    start: 'node server.js',
    scripts: { prestart: 'node migrate.js' },
    is: 'shell (has a prestart script): node migrate.js && exec node server.js',
  },
  {
    start: 'node server.js',
    scripts: { prestart: 'a || b' },
    is: 'shell (has a prestart script): (a || b) && node server.js',
  },
  { start: 'cd server && node index.js', is: 'shell (uses "&&"): cd server && exec node index.js' },
  { start: 'bash start.sh', is: 'shell (runs bash): exec bash start.sh' },
  { start: 'node migrate.js; node server.js', is: 'shell (uses ";"): node migrate.js; exec node server.js' },
  { start: 'node a.js & node b.js', is: 'shell (uses "&"): node a.js & node b.js' },
  { start: 'node server.js $(cat port)', is: 'shell (uses "$"): node server.js $(cat port)' },
  { start: 'cross-env-shell PORT=1 node x', is: 'shell (uses cross-env-shell): exec cross-env-shell PORT=1 node x' },
  {
    start: 'npm run build && npm run migrate && node .',
    scripts: { build: 'tsc', migrate: 'node m.js' },
    ran: ['build'],
    is: 'shell (uses "&&"): node m.js && exec node .',
  },
];

const notStarted: readonly Case[] = [
  { start: 'nest start', dev: ['@nestjs/cli'], is: 'development: nest start compiles when it starts' },
  { start: 'next dev', dependencies: ['next'], is: 'development: next dev is a development server' },
  { start: 'next', dependencies: ['next'], is: 'development: next is a development server' },
  {
    start: 'react-scripts start',
    dependencies: ['react-scripts'],
    is: 'development: react-scripts start is a development server',
  },
  { start: 'vite', dev: ['vite'], is: 'development: vite is a development server' },
  {
    start: 'vite preview --port 80',
    dev: ['vite'],
    is: 'development: vite preview is a development server',
  },
  { start: 'ng serve', dev: ['@angular/cli'], is: 'development: ng serve is a development server' },
  { start: 'nuxt start', dev: ['nuxt'], is: 'development: nuxt start is a development server' },
  {
    start: 'ts-node src/index.ts',
    dev: ['ts-node'],
    is: 'development: ts-node comes with ts-node, a development dependency',
  },
  {
    start: 'nodemon app.js',
    dev: ['nodemon'],
    is: 'development: nodemon comes with nodemon, a development dependency',
  },
  { start: 'tsx watch src/index.ts', dependencies: ['tsx'], is: 'development: tsx watch watches files' },
  { start: 'node --watch server.js', is: 'development: node --watch watches files' },
  {
    start: 'tsc && node dist/index.js',
    dev: ['typescript'],
    is: 'development: tsc comes with typescript, a development dependency',
  },
  {
    start: 'npm run build && node .',
    scripts: { build: 'tsc' },
    dev: ['typescript'],
    is: 'development: tsc comes with typescript, a development dependency',
  },
  { start: 'pm2 start app.js', is: 'unusable: runs "pm2 start", which leaves its program behind' },
  { start: 'npx serve@14 build', is: 'unusable: runs "npx serve@14", which fetches it when it starts' },
  { start: 'npm run missing', is: 'unusable: runs the script "missing", which package.json does not have' },
  { start: 'npm start', is: 'unusable: runs "npm run start" in a circle' },
  { start: 'npm install && node .', is: 'unusable: runs "npm install"' },
  { start: 'npm run start -w apps/api', is: 'unusable: runs "npm -w …", a script of another package' },
  { start: 'npm --prefix server start', is: 'unusable: runs "npm --prefix …", a script of another package' },
  { start: 'concurrently "node a" "node b"', is: 'unusable: runs several things with "concurrently"' },
  { start: 'run-p start:*', is: 'unusable: runs run-p in a way that cannot be resolved, and the image has none' },
  { start: 'bun server.ts', is: 'unusable: runs "bun", which the image does not have' },
  { start: 'node', is: 'unusable: starts node without a program' },
  { start: 'PORT=80', is: 'unusable: names no program' },
  {
    start: 'npm run x -- $A && node .',
    is: 'unusable: runs npm in a way that cannot be resolved, and the image has none',
  },
];

describe('readScript()', () => {
  test.each(direct)('resolves $start', ({ is, ...script }) => {
    expect(shown(read(script))).toBe(is);
  });

  test.each(inShell)('needs a shell for $start', ({ is, ...script }) => {
    expect(shown(read(script))).toBe(is);
  });

  test.each(notStarted)('does not start $start', ({ is, ...script }) => {
    expect(shown(read(script))).toBe(is);
  });

  test('says what it left out', () => {
    expect(read({ start: 'node --env-file=.env x.js' })).toMatchObject({
      notes: [expect.stringContaining('--env-file=.env is left out of it: .env files do not enter an image')],
    });
    expect(read({ start: 'npm run build && node x.js', ran: ['build'] })).toMatchObject({
      notes: ['"build" is left out of it: it runs when the image is built'],
    });
  });
});
