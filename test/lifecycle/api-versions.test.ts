import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseApiVersion, type ApiVersion } from '../../src/cnb/api-version.ts';
import type { Buildpack } from '../../src/buildpack/buildpack.ts';
import { detect } from '../../src/lifecycle/detect.ts';
import { group, openPhases, type Phases } from './phase-fixture.ts';

let phases: Phases;

beforeAll(async () => {
  phases = await openPhases();
});

const platform = (text: string): ApiVersion => {
  const version = parseApiVersion(text);
  if (version === undefined) throw new Error(text);
  return version;
};

async function namesSeen(
  buildpack: Buildpack,
  phase: 'detect' | 'build',
  platformApi = '0.15',
): Promise<readonly string[]> {
  const options = { platformApi: platform(platformApi) };
  const detected = await phases.detect([group(buildpack)], options);
  if (!detected.found) throw new Error('It was not found');
  if (phase === 'build') await phases.build(detected, options);
  const lines = readFileSync(join(phases.app, `${phase}.env`), 'utf8').split('\n');
  return lines.map((line) => line.split('=')[0] ?? '').filter((name) => name.startsWith('CNB_'));
}

describe('variables of a buildpack by its API', () => {
  const files = { detect: 'CNB_BUILD_PLAN_PATH', build: 'CNB_BP_PLAN_PATH' };

  test.each([
    ['0.7', { files: false, target: false, execEnv: false }],
    ['0.8', { files: true, target: false, execEnv: false }],
    ['0.9', { files: true, target: false, execEnv: false }],
    ['0.10', { files: true, target: true, execEnv: false }],
    ['0.11', { files: true, target: true, execEnv: false }],
    ['0.12', { files: true, target: true, execEnv: true }],
  ])('%s: %j [DET-04] [DET-05] [DET-06] [TGT-15] [ENV-26] [VER-06]', async (api, expected) => {
    const buildpack = await phases.script({
      id: `env/v${api.replace('.', '-')}`,
      api,
      detect: 'env > detect.env; test -d "$1" && test -f "$2"',
      build: 'env > build.env; test -d "$1" && test -d "$2" && test -f "$3"',
    });
    for (const phase of ['detect', 'build'] as const) {
      const names = await namesSeen(buildpack, phase);
      expect(names).toContain('CNB_BUILDPACK_DIR');
      expect(names.includes('CNB_PLATFORM_DIR')).toBe(expected.files);
      expect(names.includes(files[phase])).toBe(expected.files);
      expect(names.includes('CNB_TARGET_OS')).toBe(expected.target);
      expect(names.includes('CNB_EXEC_ENV')).toBe(expected.execEnv);
    }
  });
});

describe('detection by Platform API', () => {
  test('targets count since 0.12 [TGT-12] [TGT-14]', async () => {
    const windows = await phases.script({ id: 'target/windows', toml: '[[targets]]\nos = "windows"' });
    expect(await phases.detect([group(windows)], { platformApi: platform('0.11') })).toMatchObject({ found: true });
    expect(await phases.detect([group(windows)], { platformApi: platform('0.12') })).toMatchObject({
      found: false,
      errors: true,
    });
  });

  test('execution environments count since 0.15, in composites too [DET-22] [ORD-19] [BPT-07] [BPT-10]', async () => {
    const own = await phases.script({ id: 'exec/test', about: 'exec-env = ["test"]' });
    const table = await phases.script({ id: 'exec/table', about: '[[buildpack.exec-env]]\nname = "test"' });
    const always = await phases.script({ id: 'exec/always', about: 'exec-env = ["*"]' });
    const composite = await phases.script({
      id: 'exec/composite',
      toml: '[[order]]\n[[order.group]]\nid = "exec/inner"\nversion = "1.0.0"\nexec-env = ["test"]\n[[order.group]]\nid = "exec/always"\nversion = "1.0.0"',
    });
    const inner = await phases.script({ id: 'exec/inner' });
    const buildpacks = new Map([inner, always].map((one) => [`${one.descriptor.id}@1.0.0`, one]));
    const ids = async (options: { readonly execEnv?: string; readonly api?: string }): Promise<unknown> => {
      const { execEnv, api = '0.15' } = options;
      const result = await phases.detect([group(own, table, composite)], {
        buildpacks,
        platformApi: platform(api),
        ...(execEnv !== undefined && { execEnv }),
      });
      return result.found && result.group.map(({ descriptor }) => descriptor.id);
    };
    expect(await ids({})).toEqual(['exec/always']);
    const all = ['exec/test', 'exec/table', 'exec/inner', 'exec/always'];
    expect(await ids({ execEnv: 'test' })).toEqual(all);
    expect(await ids({ api: '0.14' })).toEqual(all);
  });
});

describe('building by Platform API', () => {
  const build = `printf '[[processes]]\\ntype = "web"\\ncommand = ["a", "b"]\\nargs = ["c"]\\n[[bom]]\\nname = "x"\\n' > "$CNB_LAYERS_DIR/launch.toml"`;

  test.each([
    ['0.7', { sbom: false, legacy: false, command: 'command = "a"', bom: true }],
    ['0.8', { sbom: true, legacy: false, command: 'command = "a"', bom: true }],
    ['0.9', { sbom: true, legacy: true, command: 'command = "a"', bom: false }],
    ['0.10', { sbom: true, legacy: true, command: 'command = [ "a", "b" ]', bom: false }],
    ['0.15', { sbom: true, legacy: true, command: 'command = [ "a", "b" ]', bom: false }],
  ])('%s: %j [PRC-11] [SBM-09] [SBM-15] [BLD-15]', async (api, expected) => {
    const buildpack = await phases.script({ id: `process/v${api.replace('.', '-')}`, build });
    rmSync(join(phases.layers, 'sbom'), { recursive: true, force: true });
    const result = await phases.build({ group: [buildpack], plan: { entries: [] } }, { platformApi: platform(api) });
    const metadata = readFileSync(join(phases.layers, 'config', 'metadata.toml'), 'utf8');
    expect(metadata).toContain(expected.command);
    expect(metadata.includes('[[bom]]')).toBe(expected.bom);
    expect(existsSync(join(phases.layers, 'sbom', 'launch', 'sbom.legacy.json'))).toBe(expected.legacy);
    expect(existsSync(join(phases.layers, 'sbom'))).toBe(expected.sbom);
    const args = api === '0.10' || api === '0.15' ? ['c'] : ['b', 'c'];
    expect(result.launchMetadata.processes[0]?.args).toEqual(args);
  });
});

test('the operator’s variables come after the user’s, also for buildpacks with clear-env [ENV-21] [ENV-22] [ENV-23]', async () => {
  const files = [
    { name: 'PLAIN', content: 'operator' },
    { name: 'ADDED.append', content: '+operator' },
    { name: 'FORCED.override', content: 'operator' },
  ];
  const env = { PLAIN: 'user', ADDED: 'user', FORCED: 'user' };
  const seen = async (about: string, id: string): Promise<readonly string[]> => {
    const buildpack = await phases.script({ id, about, detect: 'env > detect.env' });
    await phases.detect([group(buildpack)], { env, operatorEnv: files });
    const lines = readFileSync(join(phases.app, 'detect.env'), 'utf8').split('\n');
    return lines.filter((line) => /^(PLAIN|ADDED|FORCED)=/.test(line)).toSorted();
  };
  expect(await seen('', 'operator/a')).toEqual(['ADDED=user+operator', 'FORCED=operator', 'PLAIN=user']);
  expect(await seen('clear-env = true', 'operator/b')).toEqual([
    'ADDED=+operator',
    'FORCED=operator',
    'PLAIN=operator',
  ]);
});

test('paths of a build image are those of its variables, its other variables are nobody’s [ENV-01] [ENV-30]', async () => {
  const buildpack = await phases.script({ id: 'image/env', detect: 'env > detect.env' });
  const path = `/from/the/image:${process.env['PATH'] ?? '/usr/bin:/bin'}`;
  const environment = { ...phases.environment, env: { PATH: path, CPATH: '/image/include', SECRET: 'x' } };
  const request = {
    order: [group(buildpack)],
    buildpacks: new Map(),
    env: {},
    target: { os: 'linux', arch: 'amd64' },
    appPath: '.',
    isolation: 'mapped' as const,
  };
  const hostEnv = { PATH: '/of/this/machine', LIBRARY_PATH: '/of/this/machine', HTTP_PROXY: 'http://proxy.example' };
  expect(await detect(request, { environment, hostEnv, report: () => undefined })).toMatchObject({ found: true });
  const seen = readFileSync(join(phases.app, 'detect.env'), 'utf8').split('\n');
  expect(seen).toEqual(
    expect.arrayContaining([`PATH=${path}`, 'CPATH=/image/include', 'HTTP_PROXY=http://proxy.example']),
  );
  expect(seen.filter((line) => /SECRET|of\/this\/machine/.test(line))).toEqual([]);
});
