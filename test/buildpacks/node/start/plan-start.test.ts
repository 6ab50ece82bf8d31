import { describe, expect, test } from 'vitest';
import { detectStart, processesOf } from '../../../../buildpacks/node/start/detect-start.ts';
import type { PlannedProcess } from '../../../../buildpacks/node/start/plan-start.ts';
import type { AppFiles } from '../app-folder.ts';
import { appFolder, projectIn } from '../app-folder.ts';

type Env = Readonly<Record<string, string>>;

function detected(files: AppFiles, env: Env = {}): ReturnType<typeof detectStart> {
  return detectStart(projectIn(appFolder(files)), env);
}

function planned(files: AppFiles, env: Env = {}): readonly string[] {
  return processesOf(projectIn(appFolder(files)), env).map(shown);
}

function shown({ type, default: isDefault, origin, command }: PlannedProcess): string {
  const words = command.kind === 'shell' ? command.script : (command.words ?? ['server']).join(' ');
  return `${type}${isDefault ? '*' : ''}: ${command.kind} ${words} (${origin})`;
}

const pkg = (scripts: object, more: object = {}): AppFiles => ({ 'package.json': { name: 'shop', scripts, ...more } });

describe('processesOf()', () => {
  test('takes the start script and says where it stands', () => {
    expect(planned(pkg({ test: 'x', start: 'node server.js' }))).toEqual([
      'web*: direct node server.js (package.json:5 (start))',
    ]);
  });

  test('makes a process of every line of a Procfile, which comes before the start script', () => {
    const files = {
      ...pkg({ start: 'node server.js' }),
      Procfile: '# ours\nworker: node worker.js\nweb: node server.js $PORT\n',
    };
    expect(planned(files)).toEqual([
      'worker: direct node worker.js (Procfile:2)',
      'web*: shell exec node server.js $PORT (Procfile:3)',
    ]);
  });

  test('starts the first line of a Procfile without web', () => {
    expect(planned({ 'server.js': '', Procfile: 'a: node a.js\nb: node b.js' })).toEqual([
      'a*: direct node a.js (Procfile:1)',
      'b: direct node b.js (Procfile:2)',
    ]);
  });

  test('answers a start script for developers with the one for production', () => {
    const nest = { start: 'nest start', 'start:prod': 'node dist/main' };
    expect(planned(pkg(nest, { devDependencies: { '@nestjs/cli': '*' } }))).toEqual([
      'web*: direct node dist/main (package.json:5 (start:prod))',
    ]);
    const angular = { start: 'ng serve', 'serve:ssr:shop': 'node dist/shop/server/server.mjs' };
    const dependencies = { '@angular/core': '*', '@angular/ssr': '*' };
    expect(planned(pkg(angular, { dependencies }))).toEqual([
      'web*: direct node dist/shop/server/server.mjs (package.json:5 (serve:ssr:shop))',
    ]);
  });

  test('refuses a start script for developers when there is no other', () => {
    const files = pkg({ start: 'ts-node src/index.ts' }, { devDependencies: { 'ts-node': '*' } });
    expect(detected(files)).toEqual({ pass: true });
    expect(() => planned(files)).toThrow(
      'the command of package.json:4 (start) runs "ts-node", which comes with ts-node, a development dependency',
    );
  });

  test('takes the script that BP_NODE_START_SCRIPT names', () => {
    const files = pkg({ start: 'node a.js', worker: 'node b.js' });
    expect(planned(files, { BP_NODE_START_SCRIPT: 'worker' })).toEqual([
      'web*: direct node b.js (package.json:5 (worker))',
    ]);
    expect(() => planned(files, { BP_NODE_START_SCRIPT: 'nothing' })).toThrow('package.json has no script "nothing"');
  });

  test.each([
    {
      name: 'main',
      files: { 'lib/run.js': '' },
      more: { main: 'lib/run.js' },
      is: 'node lib/run.js (package.json (main))',
    },
    {
      name: 'main without its ending',
      files: { 'run.js': '' },
      more: { main: 'run' },
      is: 'node run (package.json (main))',
    },
    { name: 'server.js', files: { 'server.js': '', 'index.js': '' }, more: {}, is: 'node server.js (server.js)' },
    {
      name: 'a file, where main is a remainder',
      files: { 'app.js': '' },
      more: { main: 'index.js' },
      is: 'node app.js (app.js)',
    },
    { name: 'index.mjs', files: { 'index.mjs': '' }, more: {}, is: 'node index.mjs (index.mjs)' },
  ])('without a start script takes $name', ({ files, more, is }) => {
    expect(planned({ ...pkg({}, more), ...files })).toEqual([`web*: direct ${is}`]);
  });

  test('believes that the build makes the main file', () => {
    expect(planned(pkg({ build: 'tsc' }, { main: 'dist/index.js' }))).toEqual([
      'web*: direct node dist/index.js (package.json (main))',
    ]);
  });

  test('takes a lone server.js', () => {
    expect(planned({ 'server.js': '' })).toEqual(['web*: direct node server.js (server.js)']);
  });

  test('leaves to frameworks what is theirs', () => {
    expect(planned(pkg({ start: 'next start -p 80', build: 'next build' }, { dependencies: { next: '*' } }))).toEqual([
      'web*: framework next start -p 80 (package.json:4 (start))',
    ]);
    expect(planned(pkg({ build: 'nuxt build' }, { dependencies: { nuxt: '*' } }))).toEqual([
      'web*: framework server (Nuxt)',
    ]);
    expect(planned(pkg({ start: 'astro dev' }, { dependencies: { astro: '*', '@astrojs/node': '*' } }))).toEqual([
      'web*: framework server (Astro)',
    ]);
    const kit = { '@sveltejs/kit': '*', '@sveltejs/adapter-node': '*', vite: '*' };
    expect(planned(pkg({ build: 'vite build', preview: 'vite preview' }, { devDependencies: kit }))).toEqual([
      'web*: framework server (SvelteKit)',
    ]);
    expect(planned(pkg({ start: 'node custom.js' }, { dependencies: { next: '*' } }))).toEqual([
      'web*: direct node custom.js (package.json:4 (start))',
    ]);
  });

  test('starts the server of an application that Vite builds', () => {
    const files = {
      ...pkg({ dev: 'node server', preview: 'NODE_ENV=production node server' }, { devDependencies: { vite: '*' } }),
      'server.js': '',
    };
    expect(planned(files)).toEqual(['web*: direct node server.js (server.js)']);
  });
});

describe('detectStart()', () => {
  test('asks for the shell stack with the reason', () => {
    expect(detected(pkg({ start: 'node a.js && node b.js' }))).toEqual({
      pass: true,
      stack: { name: 'shell', reason: 'the command of package.json:4 (start) uses "&&"' },
    });
    expect(detected(pkg({ start: 'node a.js' }))).toEqual({ pass: true });
  });

  test('names a main file that is not there', () => {
    expect(detected(pkg({}))).toMatchObject({ pass: false, reason: expect.stringContaining('and no main file, and') });
    expect(detected(pkg({}, { main: 'gone.js' }))).toMatchObject({
      pass: false,
      reason: expect.stringContaining('its main file "gone.js" does not exist'),
    });
  });

  test.each([
    { name: 'Vite', scripts: { dev: 'vite', build: 'vite build' }, dependencies: { vite: '*' } },
    { name: 'Create React App', scripts: { start: 'react-scripts start' }, dependencies: { 'react-scripts': '*' } },
    { name: 'Angular', scripts: { start: 'ng serve' }, dependencies: { '@angular/core': '*', '@angular/cli': '*' } },
    { name: 'Vue CLI', scripts: { serve: 'vue-cli-service serve' }, dependencies: { '@vue/cli-service': '*' } },
    { name: 'Astro without an adapter', scripts: { start: 'astro dev' }, dependencies: { astro: '*' } },
    {
      name: 'SvelteKit with @sveltejs/adapter-static',
      scripts: {},
      dependencies: { '@sveltejs/kit': '*', '@sveltejs/adapter-static': '*' },
    },
  ])('refuses $name, which has no server', ({ name, scripts, dependencies }) => {
    expect(detected(pkg(scripts, { dependencies }))).toMatchObject({
      pass: false,
      reason: expect.stringContaining(`it is a ${name} application without a server`),
    });
  });

  test('refuses Next.js that exports files', () => {
    const files = {
      ...pkg({ start: 'next start' }, { dependencies: { next: '*' } }),
      'next.config.mjs': "export default { output: 'export' };",
    };
    expect(detected(files)).toMatchObject({
      pass: false,
      reason: expect.stringContaining('Next.js with output: "export"'),
    });
  });

  test('passes over a package that is no application', () => {
    expect(detected(pkg({ test: 'vitest' }))).toMatchObject({
      pass: false,
      reason: expect.stringContaining('no start script'),
    });
  });
});
