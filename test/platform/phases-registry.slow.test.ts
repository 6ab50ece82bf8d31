import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { registrySink, registrySource } from '../../src/image/registry-place.ts';
import type { Image } from '../../src/image/image.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { openStore } from '../../src/store/open-store.ts';
import { password, startRealRegistry, username } from '../registry/real-registry.ts';
import { phasesRig, type PhasesRig } from './phases-rig.ts';

let rig: PhasesRig;

beforeEach(async () => {
  rig = await phasesRig();
  rig.buildpack({
    id: 'a/layers',
    build: `mkdir -p "$CNB_LAYERS_DIR/kept" "$CNB_LAYERS_DIR/run"
echo once >> "$CNB_LAYERS_DIR/kept/count"; echo r > "$CNB_LAYERS_DIR/run/r"
printf '[types]\\ncache = true\\n' > "$CNB_LAYERS_DIR/kept.toml"
printf '[types]\\nlaunch = true\\n' > "$CNB_LAYERS_DIR/run.toml"`,
  });
  rig.order(['a/layers']);
});

const report = (): void => undefined;
const inRegistry = { CNB_USE_LAYOUT: undefined, CNB_LAYOUT_DIR: undefined };

async function push(name: string, image: Image, env: Readonly<Record<string, string>> = {}): Promise<void> {
  await registrySink({ reference: parseReference(name), client: createRegistryClient({ env }) }).write(image, {
    report,
  });
}

async function pull(name: string): Promise<Image> {
  const store = await openStore(join(rig.dir, 'store'), { report });
  try {
    const client = createRegistryClient({ env: {} });
    return await registrySource({ reference: parseReference(name), client, blobs: store.blobs }).resolve();
  } finally {
    store.close();
  }
}

test('phases with a registry and a cache image build twice alike, and nothing is packed again [ANA-02] [ANA-04] [ANA-08] [CAC-07] [EXP-23] [EXP-24] [RUN-02]', async () => {
  const { host } = await startRealRegistry('plain');
  await push(`${host}/run:1`, await rig.runImage());
  rig.write('run.toml', `[[images]]\nimage = "elsewhere.example/run:1"\nmirrors = ["${host}/run:1"]\n`);
  const [app, cache] = [`${host}/team/app:1`, ['-cache-image', `${host}/team/app:cache`]];
  const build = (): void => {
    rig.emptyLayers();
    for (const words of [['analyzer', app], ['detector'], ['restorer', ...cache], ['builder']]) {
      expect(rig.run(words, inRegistry)).toMatchObject({ exitCode: 0, message: '' });
    }
  };
  build();
  expect(rig.analyzed.runImage?.reference).toMatch(/\/run@sha256:[0-9a-f]{64}$/);
  expect(rig.run(['exporter', ...cache, app, `${host}/team/app:latest`], inRegistry)).toMatchObject({ exitCode: 0 });
  const first = await pull(app);
  expect((await pull(`${host}/team/app:latest`)).digest).toBe(first.digest);
  expect(rig.read('layers/report.toml')).toContain(first.digest);
  build();
  expect(rig.read('layers/a_layers/kept/count')).toBe('once\nonce\n');
  expect(rig.analyzed.previousImage).toBe(`${host}/team/app@${first.digest}`);
  const { exitCode, events } = rig.run(['exporter', ...cache, app], inRegistry);
  expect(exitCode).toBe(0);
  const actions = events.flatMap((event) => (event.type === 'layer' ? [event.action] : []));
  expect(new Set(actions)).toEqual(new Set(['reused']));
  expect((await pull(app)).manifest.layers).toEqual(first.manifest.layers);
});

test('the run image that was selected has to be readable when layers are restored, since 0.14 [RST-17] [RUN-03] [RUN-04]', async () => {
  const { host } = await startRealRegistry('plain');
  await push(`${host}/run:1`, await rig.runImage());
  // No name, one that is near and gone, one that is there.
  rig.write('run.toml', `[[images]]\nimage = "${host}/gone:1"\nmirrors = ["no//name", "${host}/run:1"]\n`);
  for (const words of [['analyzer', `${host}/app`], ['detector'], ['restorer']]) {
    expect(rig.run(words, inRegistry)).toMatchObject({ exitCode: 0, message: '' });
  }
  expect(rig.analyzed.runImage?.image).toBe(`${host}/run:1`);
  const analyzed = rig.read('layers/analyzed.toml');
  rig.write('layers/analyzed.toml', analyzed.replace(`image = "${host}/run:1"`, `image = "${host}/gone:1"`));
  expect(rig.run(['restorer'], inRegistry).exitCode).toBe(1);
  expect(rig.run(['restorer'], { ...inRegistry, CNB_PLATFORM_API: '0.13' }).exitCode).toBe(0);
  rig.write('run.toml', '[[images]]\nimage = "elsewhere.example/run"\n');
  expect(rig.run(['restorer'], inRegistry).exitCode).toBe(0);
});

test('below 0.9 the report holds the bill of materials of the build [FIL-09] [SBM-15] [EXP-13]', async () => {
  const { host } = await startRealRegistry('plain');
  await push(`${host}/run:1`, await rig.runImage());
  rig.write('stack.toml', `[run-image]\nimage = "${host}/run:1"\n`);
  rig.buildpack({ id: 'a/layers', build: `printf '[[bom]]\\nname = "x"\\n' > "$CNB_LAYERS_DIR/build.toml"` });
  const env = { ...inRegistry, CNB_STACK_PATH: join(rig.dir, 'stack.toml'), CNB_PLATFORM_API: '0.8' };
  expect(rig.run(['creator', `${host}/app`], env)).toMatchObject({ exitCode: 0, message: '' });
  expect(rig.read('layers/report.toml')).toContain('[[build.bom]]');
  expect(rig.run(['creator', `${host}/app`], { ...env, CNB_PLATFORM_API: '0.9' }).exitCode).toBe(0);
  expect(rig.read('layers/report.toml')).not.toContain('bom');
});

test('the analyzer needs to read and to write before anything is done, with CNB_REGISTRY_AUTH [ANA-04] [ANA-13] [RUN-07] [RUN-09] [SEC-01] [SEC-06]', async () => {
  const { host } = await startRealRegistry('tls-htpasswd');
  const header = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const auth = { CNB_REGISTRY_AUTH: JSON.stringify({ [host]: header }) };
  await push(`${host}/run`, await rig.runImage(), { ...auth, CNB_INSECURE_REGISTRIES: host });
  const words = ['analyzer', '-insecure-registry', host, '-run-image', `${host}/run`, `${host}/app`];
  const denied = rig.run(words, inRegistry);
  expect(denied.exitCode).toBe(32);
  expect(denied.message).not.toContain(password);
  expect(rig.run(words, { ...inRegistry, ...auth })).toMatchObject({ exitCode: 0, message: '' });
  expect(readdirSync(rig.layers)).toContain('analyzed.toml');
});

test.runIf(process.getuid?.() === 0)(
  'a phase that root starts has the credentials in the home of root, where the build user may not look [ANA-14] [SEC-01]',
  async () => {
    const { host } = await startRealRegistry('tls-htpasswd');
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    const variable = { CNB_REGISTRY_AUTH: JSON.stringify({ [host]: `Basic ${auth}` }), CNB_INSECURE_REGISTRIES: host };
    await push(`${host}/run`, await rig.runImage(), variable);
    rig.write('home/.docker/config.json', JSON.stringify({ auths: { [host]: { auth } } }));
    chmodSync(join(rig.dir, 'home'), 0o700);
    chmodSync(rig.dir, 0o755);
    const env = { ...inRegistry, HOME: join(rig.dir, 'home'), CNB_USER_ID: '12345', CNB_GROUP_ID: '12345' };
    const words = ['analyzer', '-insecure-registry', host, '-run-image', `${host}/run`, `${host}/app`];
    expect(rig.runAsRoot(words, env)).toMatchObject({ exitCode: 0, message: '' });
    expect(statSync(join(rig.layers, 'analyzed.toml')).uid).toBe(12_345);
  },
);

test.each([
  { platformApi: '0.12', deletes: true, isThere: false, warned: 0 },
  { platformApi: '0.12', deletes: false, isThere: true, warned: 1 },
  { platformApi: '0.13', deletes: true, isThere: true, warned: 0 },
])(
  'at Platform API $platformApi the cache image that was replaced is there after: $isThere, where the registry deletes: $deletes [CAC-09]',
  async ({ platformApi, deletes, isThere, warned }) => {
    const { host } = await startRealRegistry('plain', { deletes });
    await push(`${host}/run:1`, await rig.runImage());
    const words = ['creator', '-cache-image', `${host}/cache`, '-run-image', `${host}/run:1`, `${host}/app`];
    const build = (): readonly string[] => {
      rig.emptyLayers();
      const { exitCode, events } = rig.run(words, { ...inRegistry, CNB_PLATFORM_API: platformApi });
      expect(exitCode).toBe(0);
      return events.flatMap((event) =>
        event.type === 'warning' && event.message.includes('cache image') ? [event.message] : [],
      );
    };
    expect(build()).toEqual([]);
    const first = await pull(`${host}/cache`);
    // Its buildpack writes one more line each time, so this is another cache.
    expect(build()).toHaveLength(warned);
    const second = await pull(`${host}/cache`);
    expect(second.digest).not.toBe(first.digest);
    const repository = createRegistryClient({ env: {} }).repository(parseReference(`${host}/cache`));
    expect(await repository.headManifest(first.digest)).toBe(isThere ? first.digest : undefined);
  },
);

test('a cache image that stays the same is not deleted [CAC-09]', async () => {
  const { host } = await startRealRegistry('plain');
  await push(`${host}/run:1`, await rig.runImage());
  rig.buildpack({ id: 'a/layers', build: 'true' });
  const words = ['creator', '-cache-image', `${host}/cache`, '-run-image', `${host}/run:1`, `${host}/app`];
  const env = { ...inRegistry, CNB_PLATFORM_API: '0.12' };
  expect(rig.run(words, env).exitCode).toBe(0);
  const { digest } = await pull(`${host}/cache`);
  rig.emptyLayers();
  expect(rig.run(words, env).exitCode).toBe(0);
  expect((await pull(`${host}/cache`)).digest).toBe(digest);
});

test('an export tells of layers that come from another registry, and of none within one [EXP-32]', async () => {
  const [here, there] = [await startRealRegistry('plain'), await startRealRegistry('plain')];
  for (const { host } of [here, there]) await push(`${host}/run:1`, await rig.runImage());
  const told = (host: string): readonly string[] => {
    rig.emptyLayers();
    const words = ['creator', '-run-image', `${host}/run:1`, `${here.host}/team/app:1`];
    const { exitCode, events } = rig.run(words, inRegistry);
    expect(exitCode).toBe(0);
    return events.flatMap((event) =>
      event.type === 'info' && event.message.startsWith('Copying layers') ? [event.message] : [],
    );
  };
  expect(told(here.host)).toEqual([]);
  expect(told(there.host)).toEqual([
    `Copying layers from "${there.host}" to "${here.host}", which takes longer than within one`,
  ]);
});
