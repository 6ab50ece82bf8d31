import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { basename } from 'node:path';
import { openEnvironment } from '../../src/environment/open-environment.ts';
import { CreateRig, pathsOf, web } from './create-rig.ts';

let rig: CreateRig;
beforeEach(() => {
  rig = new CreateRig();
});
afterEach(() => {
  rig.remove();
});

const layerOfWeb = "Layer: 'dist', Created by buildpack: acme/web@1.2.3";

// @cnb SEC-07
test('nothing but bin/detect and bin/build is run of what others made: the rest of the lifecycle is our own', async () => {
  const ran: string[] = [];
  const build = (): Promise<unknown> =>
    rig.build({
      buildpacks: [web],
      openEnvironment: async (options) => {
        const environment = await openEnvironment(options);
        const exec = environment.exec.bind(environment);
        vi.spyOn(environment, 'exec').mockImplementation((argv, given) => {
          ran.push(basename(argv[0] ?? ''));
          return exec(argv, given);
        });
        return environment;
      },
    });
  await build();
  await build();
  expect(ran).toEqual(['detect', 'build', 'detect', 'build']);
});

describe('an image', () => {
  test('EXP-03 EXP-21 has its layers in the order of the reference, under its words', async () => {
    const { createdBy } = await rig.build({ buildpacks: [web], files: { 'app.txt': 'x' } });
    expect(createdBy).toEqual([
      'the base',
      layerOfWeb,
      'Software Bill-of-Materials',
      'Application Layer',
      'Buildpacks Application Launcher',
      'Buildpacks Launcher Config',
      'Buildpacks Process Types',
    ]);
  });

  test('EXP-19 EXP-20 says 1980 everywhere, also of the base, or what SOURCE_DATE_EPOCH says', async () => {
    const first = await rig.build({ buildpacks: [web] });
    expect(first.image.config.created).toBe('1980-01-01T00:00:01Z');
    const created = new Set(first.image.config.history?.map((entry) => entry.created));
    expect([...created]).toEqual(['1980-01-01T00:00:01Z']);
    const second = await rig.build({ buildpacks: [web], request: { sourceDateEpoch: 1_000_000_000 } });
    expect(second.image.config.created).toBe('2001-09-09T01:46:40Z');
  });

  test('EXP-02 EXP-13 EXP-14 EXP-15 EXP-16 keeps what the base says and adds what the launcher needs', async () => {
    const { container } = await rig.build({
      buildpacks: [web],
      base: {
        User: '1002:1000',
        Env: ['PATH=/usr/bin:/bin', 'KEEP=a=b'],
        Cmd: ['sh'],
        ExposedPorts: { '80/tcp': {} },
        StopSignal: 'SIGQUIT',
        Labels: { 'io.buildpacks.stack.id': 'acme.stack' },
      },
    });
    expect(container).toMatchObject({
      User: '1002:1000',
      ExposedPorts: { '80/tcp': {} },
      StopSignal: 'SIGQUIT',
      WorkingDir: '/workspace',
      Entrypoint: ['/cnb/process/web'],
    });
    expect(container.Cmd).toBeUndefined();
    expect(container.Env).toEqual([
      'PATH=/cnb/process:/cnb/lifecycle:/usr/bin:/bin',
      'KEEP=a=b',
      'CNB_LAYERS_DIR=/layers',
      'CNB_APP_DIR=/workspace',
      'CNB_PLATFORM_API=0.15',
      'CNB_DEPRECATION_MODE=quiet',
    ]);
    expect(container.Labels?.['io.buildpacks.stack.id']).toBe('acme.stack');
  });

  test('EXP-14 of a base without PATH gets a trailing colon, as seen in the reference', async () => {
    const { container } = await rig.build({ buildpacks: [web] });
    expect(container.Env).toContain('PATH=/cnb/process:/cnb/lifecycle:');
  });

  test('EXP-17 starts the launcher when no process is the default, and the process that was asked for', async () => {
    const plain = { ...web, build: web.build.replace('default = true\n', '') };
    expect((await rig.build({ buildpacks: [plain] })).container.Entrypoint).toEqual(['/cnb/lifecycle/launcher']);
    const asked = await rig.build({ buildpacks: [plain], request: { defaultProcess: 'web' } });
    expect(asked.container.Entrypoint).toEqual(['/cnb/process/web']);
  });

  test('EXP-17 is not made with a process that is not there: exit code 62, naming those that are', async () => {
    await expect(rig.build({ buildpacks: [web], request: { defaultProcess: 'job' } })).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      exitCode: 62,
      hint: 'The processes are: web',
    });
  });

  test('TAR-01 TAR-02 TAR-04 TAR-05 EXP-05 EXP-06 EXP-07 has entries with the names, owners and modes of the reference', async () => {
    const result = await rig.build({ buildpacks: [web], files: { 'a/x.txt': 'x', 'a-b': 'y' } });
    const launch = await result.layer(layerOfWeb);
    expect(pathsOf(launch)).toEqual([
      '/layers',
      '/layers/acme_web',
      '/layers/acme_web/dist',
      '/layers/acme_web/dist/bin',
      '/layers/acme_web/dist/bin/hello',
      '/layers/acme_web/dist/env.launch',
      '/layers/acme_web/dist/env.launch/COLOR',
    ]);
    expect(new Set(launch.map(({ uid, gid }) => `${uid}:${gid}`))).toEqual(new Set(['1001:1000']));
    expect(launch.find(({ path }) => path === '/layers/acme_web/dist/bin/hello')?.mode).toBe(0o755);
    // TAR-06: whole paths decide about the order of the application.
    expect(pathsOf(await result.layer('Application Layer'))).toEqual([
      '/workspace',
      '/workspace/a',
      '/workspace/a-b',
      '/workspace/a/x.txt',
    ]);
    const launcher = await result.layer('Buildpacks Application Launcher');
    expect(launcher.map(({ path, mode, uid, gid }) => [path, mode, uid, gid])).toEqual([
      ['/cnb', 0o755, 0, 0],
      ['/cnb/lifecycle', 0o755, 0, 0],
      ['/cnb/lifecycle/launcher', 0o755, 0, 0],
    ]);
    const types = await result.layer('Buildpacks Process Types');
    expect(types.map(({ path, type, mode, linkTarget }) => [path, type, mode, linkTarget])).toEqual([
      ['/cnb', 'directory', 0o755, undefined],
      ['/cnb/process', 'directory', 0o755, undefined],
      ['/cnb/process/web', 'symlink', 0o755, '/cnb/lifecycle/launcher'],
    ]);
    expect(pathsOf(await result.layer('Buildpacks Launcher Config'))).toEqual([
      '/layers',
      '/layers/config',
      '/layers/config/metadata.toml',
    ]);
  });

  test('LBL-01 LBL-03 LBL-04 LBL-05 LBL-06 LBL-08 LBL-09 LBL-13 PRC-15 carries the labels of the specification', async () => {
    const { image, labels, createdBy } = await rig.build({ buildpacks: [web] });
    const sha = (maker: string): string | undefined => image.layers[createdBy.indexOf(maker)]?.diffId;
    expect(JSON.parse(labels['io.buildpacks.lifecycle.metadata'] ?? '')).toEqual({
      app: [{ sha: sha('Application Layer') }],
      sbom: { sha: sha('Software Bill-of-Materials') },
      buildpacks: [
        {
          key: 'acme/web',
          version: '1.2.3',
          layers: { dist: { sha: sha(layerOfWeb), data: { version: 1 }, build: false, launch: true, cache: false } },
        },
      ],
      config: { sha: sha('Buildpacks Launcher Config') },
      'exec-env': 'production',
      launcher: { sha: sha('Buildpacks Application Launcher') },
      'process-types': { sha: sha('Buildpacks Process Types') },
      runImage: {
        topLayer: sha('the base'),
        reference: expect.stringMatching(/^registry\.example\/base@sha256:/),
        image: 'registry.example/base:1',
      },
      stack: { runImage: { image: 'registry.example/base:1' } },
    });
    expect(JSON.parse(labels['io.buildpacks.build.metadata'] ?? '')).toMatchObject({
      processes: [
        {
          type: 'web',
          command: ['/layers/acme_web/dist/bin/hello', '--port'],
          args: ['8080'],
          direct: true,
          buildpackID: 'acme/web',
        },
      ],
      buildpacks: [{ id: 'acme/web', version: '1.2.3', api: '0.12' }],
      'buildpack-default-process-type': 'web',
    });
    expect(labels['io.buildpacks.project.metadata']).toBe('{}');
    expect(labels['io.buildpacks.exec-env']).toBe('production');
    expect(labels['acme.flavour']).toBe('sweet');
  });

  test('PRC-16 keeps the lifecycle’s labels when a buildpack sets one of the same name, and warns', async () => {
    const build = `${web.build}\nprintf '[[labels]]\\nkey = "io.buildpacks.lifecycle.metadata"\\nvalue = "{}"\\n' >> "$CNB_LAYERS_DIR/launch.toml"`;
    const { labels, events } = await rig.build({ buildpacks: [{ ...web, build }] });
    expect(labels['io.buildpacks.lifecycle.metadata']).toContain('acme/web');
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'warning',
        message: expect.stringContaining('io.buildpacks.lifecycle.metadata'),
      }),
    );
  });

  test('labels of the user are set over those of buildpacks', async () => {
    const { labels } = await rig.build({ buildpacks: [web], request: { labels: { 'acme.flavour': 'sour' } } });
    expect(labels['acme.flavour']).toBe('sour');
  });

  test('EXP-09 has a layer for each slice and one for the rest', async () => {
    const build = `${web.build}\nprintf '[[slices]]\\npaths = ["static"]\\n' >> "$CNB_LAYERS_DIR/launch.toml"`;
    const files = { 'static/a.css': 'a', 'main.txt': 'm' };
    const result = await rig.build({ buildpacks: [{ ...web, build }], files });
    expect(pathsOf(await result.layer('Application Slice: 1'))).toEqual([
      '/workspace',
      '/workspace/static',
      '/workspace/static/a.css',
    ]);
    expect(pathsOf(await result.layer('Application Slice: 2'))).toEqual(['/workspace', '/workspace/main.txt']);
  });

  test('has no process types layer without processes, and the launcher as its entrypoint (PRC-19)', async () => {
    const { createdBy, container } = await rig.build({ buildpacks: [{ id: 'acme/none', build: ':' }] });
    expect(createdBy).not.toContain('Buildpacks Process Types');
    expect(container.Entrypoint).toEqual(['/cnb/lifecycle/launcher']);
  });
});

describe('an image without a launcher', () => {
  test('has command, arguments and environment of its process in the configuration, and no launcher’s layers', async () => {
    const { container, createdBy } = await rig.build({
      buildpacks: [web],
      base: { Env: ['PATH=/bin'] },
      request: { launcher: 'none' },
    });
    expect(createdBy).toEqual(['the base', layerOfWeb, 'Software Bill-of-Materials', 'Application Layer']);
    expect(container).toMatchObject({
      Entrypoint: ['/layers/acme_web/dist/bin/hello', '--port'],
      Cmd: ['8080'],
      Env: ['PATH=/layers/acme_web/dist/bin:/bin', 'COLOR=blue'],
      WorkingDir: '/workspace',
    });
  });

  test('is refused by the name of the buildpack that has programs for the start', async () => {
    const build = `${web.build}\nmkdir "$CNB_LAYERS_DIR/dist/exec.d"; printf x > "$CNB_LAYERS_DIR/dist/exec.d/one"`;
    await expect(rig.build({ buildpacks: [{ ...web, build }], request: { launcher: 'none' } })).rejects.toMatchObject({
      code: 'LAUNCHER_NEEDED',
      message: expect.stringContaining('acme/web:dist'),
    });
  });

  test('is refused with several processes unless one is chosen', async () => {
    const build = `${web.build}\nprintf '[[processes]]\\ntype = "job"\\ncommand = ["/bin/job"]\\n' >> "$CNB_LAYERS_DIR/launch.toml"`;
    const buildpacks = [{ ...web, build }];
    await expect(rig.build({ buildpacks, request: { launcher: 'none' } })).rejects.toMatchObject({
      code: 'LAUNCHER_NEEDED',
    });
    const { container } = await rig.build({ buildpacks, request: { launcher: 'none', defaultProcess: 'job' } });
    expect(container.Entrypoint).toEqual(['/bin/job']);
  });
});
