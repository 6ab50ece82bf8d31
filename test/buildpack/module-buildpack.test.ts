import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { group } from '../lifecycle/phase-fixture.ts';
import { openModules, plainModule } from './modules.ts';

const { phases, load, run } = await openModules();

describe('what it is', () => {
  test('a module says itself what it is', async () => {
    const buildpack = await load('described', {
      'buildpack.mjs': plainModule(
        'acme/described',
        `name: 'Described', clearEnv: true, relocatable: true, inputs: { hostEnv: ['DECLARED'] }, stacks: { default: 'base' }, targets: [{ os: 'linux', arch: 'arm64' }]`,
      ),
    });
    expect(buildpack).toMatchObject({
      kind: 'module',
      relocatable: true,
      pure: { hostEnv: ['DECLARED'] },
      stacks: { default: 'base' },
      descriptor: {
        id: 'acme/described',
        version: '1.2.3',
        apiText: '0.12',
        clearEnv: true,
        targets: [{ os: 'linux', arch: 'arm64' }],
      },
    });
  });

  test('a TypeScript module is compiled with what it imports', async () => {
    const buildpack = await load('typescript', {
      'package.json': JSON.stringify({ tsbuildpack: 'src/main.ts' }),
      'src/main.ts': `
        import { defineBuildpack, type DetectResult } from 'tsbuildpack/buildpack';
        import { answer } from './answer.ts';
        const detect = (): DetectResult => ({ pass: false, reason: answer satisfies string, wanted: ['acme.json'] });
        export default defineBuildpack({ id: 'acme/typescript', version: '1.0.0', detect, build: () => ({}) });`,
      'src/answer.ts': `export const answer: string = 'no acme.json';`,
    });
    const { trials } = await phases.detect([group(buildpack)]);
    expect(trials).toMatchObject([{ result: 'fail', reason: 'no acme.json', wanted: ['acme.json'] }]);
  });

  test('what the compiler does not understand is shown with its place', async () => {
    await expect(load('syntax', { 'buildpack.ts': 'export default {\n  id: ;' })).rejects.toMatchObject({
      code: 'BUILDPACK_INVALID',
      detail: expect.stringMatching(/buildpack\.ts:2:\d+: Unexpected ";"/) as string,
    });
  });

  test('it is asked without our environment', async () => {
    process.env['TEST_SECRET_OF_THE_CALLER'] = 'token';
    const asked = load('spy', { 'index.mjs': 'throw new Error(Object.keys(process.env).sort().join());' });
    await expect(asked).rejects.toMatchObject({ message: expect.stringMatching(/: HOME,PATH$/) as string });
    delete process.env['TEST_SECRET_OF_THE_CALLER'];
  });
});

describe('what it does', () => {
  test('it builds: layers, environment, plan, processes, store', async () => {
    const buildpack = await load('whole', {
      'message.txt': 'hello',
      'index.ts': `
        import { readFile, writeFile } from 'node:fs/promises';
        import { defineBuildpack } from 'tsbuildpack/buildpack';
        export default defineBuildpack({
          id: 'acme/whole', version: '1.0.0', inputs: { hostEnv: ['DECLARED'] },
          detect: ({ env, target }) => ({
            pass: true, reason: env.DECLARED + ' ' + env.UNDECLARED + ' ' + target.os,
            provides: [{ name: 'whole' }], requires: [{ name: 'whole', metadata: { n: 1, f: 1.5, when: new Date(0) } }],
          }),
          build: async ({ layer, plan, exec, log, buildpackDir, appDir, appImageDir, store }) => {
            const hello = await layer('hello', { launch: true, build: true, env: [{ name: 'HELLO', action: 'override', value: 'x' }] });
            const { stdout, exitCode } = await exec(['sh', '-c', 'pwd; exit 4']);
            log('status ' + exitCode);
            await writeFile(hello.path + '/plan.json', JSON.stringify({ plan, here: stdout.trim() === appDir, store }));
            await writeFile(hello.path + '/message.txt', await readFile(buildpackDir + '/message.txt'));
            return {
              processes: [{ type: 'web', command: ['cat', hello.imagePath + '/message.txt'], args: [appImageDir], default: true }],
              labels: { l: 'v' }, slices: [{ paths: ['a'] }], store: { seen: 1 },
            };
          },
        });`,
    });
    const { outputs, launchMetadata } = await run(buildpack);
    const dir = join(phases.layers, 'acme_whole');
    const { plan, here } = JSON.parse(readFileSync(join(dir, 'hello/plan.json'), 'utf8')) as Record<string, unknown>;
    expect(here).toBe(true);
    expect(plan).toEqual([{ name: 'whole', metadata: { n: 1, f: 1.5, when: '1970-01-01T00:00:00.000Z' } }]);
    expect(readFileSync(join(dir, 'hello/message.txt'), 'utf8')).toBe('hello');
    expect(readFileSync(join(dir, 'hello/env/HELLO.override'), 'utf8')).toBe('x');
    expect(outputs[0]?.outcome).toMatchObject({
      layers: [{ name: 'hello', launch: true, build: true, cache: false }],
      store: { seen: 1n },
      labels: [{ key: 'l', value: 'v' }],
      slices: [{ paths: ['a'] }],
    });
    expect(launchMetadata).toMatchObject({
      defaultProcessType: 'web',
      processes: [{ command: ['cat', '/layers/acme_whole/hello/message.txt'], args: ['/workspace'], direct: true }],
    });
    expect(phases.events).toContainEqual(
      expect.objectContaining({ type: 'detected', buildpack: 'acme/whole', reason: 'yes undefined linux' }),
    );
    expect(phases.events).toContainEqual({ type: 'output', source: 'acme/whole', stream: 'stdout', line: 'status 4' });
  });
});
