import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEnvironment } from '../../src/environment/open-environment.ts';
import { TsbuildpackError } from '../../src/errors.ts';
import type { Buildpack } from '../../src/buildpack/buildpack.ts';
import { parseBuildpackDescriptor } from '../../src/cnb/buildpack-descriptor.ts';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import type { CreateRequest } from '../../src/lifecycle/create-request.ts';
import { requireOneTarget, type NamedImage } from '../../src/lifecycle/require-one-target.ts';
import type { ContainerConfig } from '../../src/oci/image-config.ts';
import { loadStack, stackNames } from '../../src/stack/load-stack.ts';
import type { PackageFacts } from '../../src/stack/package-facts.ts';
import { stackConfig } from '../../src/stack/stack-config.ts';
import { stackHalf } from '../../src/stack/stack-half.ts';
import { CreateRig } from './create-rig.ts';

interface Says {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly distro?: string;
  readonly version?: string;
}

function imageOf({ os = 'linux', architecture = 'amd64', variant, distro, version }: Says): Image {
  return withConfig(
    { os, architecture, ...(variant !== undefined && { variant }) },
    {
      Labels: {
        ...(distro !== undefined && { 'io.buildpacks.base.distro.name': distro }),
        ...(version !== undefined && { 'io.buildpacks.base.distro.version': version }),
      },
    },
  );
}

function withConfig(platform: Parameters<typeof scratchImage>[0], config: ContainerConfig): Image {
  return editImage(scratchImage(platform), { created: '1980-01-01T00:00:01Z', layers: [], config: () => config });
}

const named = (name: string, says: Says): NamedImage => ({ name, image: imageOf(says) });

/** The message; undefined when they may be used together. */
function refusal(build: Says, run: Says, crossBuilds = false): string | undefined {
  try {
    requireOneTarget(named('acme/build', build), named('acme/run', run), { crossBuilds });
    return undefined;
  } catch (error) {
    return error instanceof TsbuildpackError ? `${error.code} (${error.exitCode}): ${error.message}` : String(error);
  }
}

describe('requireOneTarget() [TGT-16]', () => {
  test.each<{ readonly what: string; readonly build: Says; readonly run: Says; readonly word: string }>([
    { what: 'operating systems', build: {}, run: { os: 'windows' }, word: 'operating system' },
    { what: 'processors', build: {}, run: { architecture: 'arm64' }, word: 'architecture' },
    { what: 'variants', build: { variant: 'v7' }, run: { variant: 'v6' }, word: 'variant' },
    { what: 'distributions', build: { distro: 'debian' }, run: { distro: 'ubuntu' }, word: 'distribution' },
    {
      what: 'versions',
      build: { distro: 'debian', version: '12' },
      run: { distro: 'debian', version: '13' },
      word: 'version of the distribution',
    },
  ])('refuses images of two $what', ({ build, run, word }) => {
    expect(refusal(build, run)).toBe(
      `STACK_UNFIT (32): Cannot build in "acme/build" for "acme/run": they differ in ${word}`,
    );
    expect(refusal(run, build)).toMatch(word);
    expect(refusal(build, build)).toBeUndefined();
  });

  test('compares only what both say', () => {
    const all: Says = { variant: 'v8', architecture: 'arm64', distro: 'debian', version: '12' };
    expect(refusal(all, { architecture: 'arm64' })).toBeUndefined();
    expect(refusal({ architecture: 'arm64' }, all)).toBeUndefined();
    expect(refusal(all, { architecture: 'arm64', distro: 'debian' })).toBeUndefined();
    expect(refusal({ ...all, variant: '', distro: '' }, all)).toBeUndefined();
  });

  test('lets the processor differ where everything builds for others, and nothing else', () => {
    expect(refusal({}, { architecture: 'arm64', variant: 'v8' }, true)).toBeUndefined();
    expect(refusal({ distro: 'a' }, { architecture: 'arm64', distro: 'b' }, true)).toMatch(/differ in distribution$/);
  });

  test('says which image says what, and what to do', () => {
    const run = () =>
      requireOneTarget(
        named('acme/build', { distro: 'debian', version: '12' }),
        named('acme/run', { distro: 'ubuntu', version: '24.04' }),
      );
    expect(run).toThrow(
      expect.objectContaining({
        detail: [
          'build image: distribution debian (io.buildpacks.base.distro.name)',
          'build image: version of the distribution 12 (io.buildpacks.base.distro.version)',
          'run image: distribution ubuntu (io.buildpacks.base.distro.name)',
          'run image: version of the distribution 24.04 (io.buildpacks.base.distro.version)',
        ].join('\n'),
        hint: expect.stringContaining('--run-image'),
      }),
    );
  });

  test('passes both halves of every stack of ours', () => {
    const packages = [{ name: 'a', version: '1', architecture: 'amd64' } as PackageFacts];
    const platform = { os: 'linux', architecture: 'amd64' };
    const labelled = stackNames().filter((name) => {
      const stack = loadStack(name);
      const [run, asked] = [stackHalf(stack, 'run'), stackHalf(stack, 'build')];
      // A stack whose builds run over the machine is built in the tools of base, where an image is wanted.
      const build = asked.kind === 'host' ? stackHalf(loadStack('base'), 'build') : asked;
      const [runImage, buildImage] = [run, build].map((half) => ({
        name: `${name} ${half.name}`,
        image: withConfig(platform, stackConfig(half, packages)),
      }));
      if (runImage === undefined || buildImage === undefined) throw new Error('There are two halves');
      expect(() => requireOneTarget(buildImage, runImage)).not.toThrow();
      return runImage.image.config.config?.Labels?.['io.buildpacks.base.distro.name'] !== undefined;
    });
    expect(labelled).toEqual(expect.arrayContaining(['base', 'shell']));
  });
});

describe('create() [TGT-16]', () => {
  let rig: CreateRig;
  beforeAll(() => void (rig = new CreateRig()));
  afterAll(() => rig.remove());

  async function build(
    buildImage: Image,
    base: ContainerConfig,
    request: Partial<CreateRequest> = {},
  ): Promise<unknown> {
    return await rig.build({
      buildpacks: [{ id: 'acme/fails', build: 'exit 1' }],
      base,
      request: { isolation: 'image', ...request },
      openEnvironment: (options) => openEnvironment({ ...options, isolation: 'mapped' }),
      resolveBuildImage: () =>
        Promise.resolve({
          image: buildImage,
          name: 'registry.example/build:1',
          reference: `registry.example/build@${buildImage.digest}`,
          user: { uid: 1001, gid: 1000 },
          env: {},
          target: { os: 'linux', arch: 'amd64' },
          input: { name: 'build-image', value: buildImage.digest, reason: 'the test' },
        }),
    });
  }

  /** Passes and asks for a stack; it must not build. */
  const chooser: Buildpack = {
    kind: 'module',
    descriptor: parseBuildpackDescriptor(
      'api = "0.12"\n[buildpack]\nid = "acme/chooser"\nversion = "1.0.0"\n',
      'test',
      { binFiles: ['build', 'detect'] },
    ),
    relocatable: true,
    fingerprint: () => Promise.resolve('chooser'),
    detect: () =>
      Promise.resolve({
        result: 'pass',
        plan: { alternatives: [{ provides: [], requires: [] }] },
        output: '',
        stack: { name: 'base', reason: 'the test says so' },
      }),
    build: () => Promise.reject(new Error('It was built')),
  };

  const ubuntu = { Labels: { 'io.buildpacks.base.distro.name': 'ubuntu' } };

  test('refuses before anything runs', async () => {
    await expect(build(imageOf({ distro: 'debian' }), ubuntu)).rejects.toMatchObject({
      code: 'STACK_UNFIT',
      message: 'Cannot build in "registry.example/build:1" for "registry.example/base:1": they differ in distribution',
    });
    await expect(build(imageOf({ architecture: 'arm64' }), {})).rejects.toMatchObject({
      code: 'STACK_UNFIT',
      hint: expect.stringContaining('only built-in buildpacks build for another one'),
    });
  });

  test('refuses before anything is built where a buildpack chose the run image', async () => {
    const request: Partial<CreateRequest> = {
      runImage: { kind: 'auto' },
      order: [{ entries: [{ buildpack: chooser, optional: false }] }],
    };
    await expect(build(imageOf({ distro: 'debian' }), ubuntu, request)).rejects.toMatchObject({ code: 'STACK_UNFIT' });
    await expect(build(imageOf({ distro: 'ubuntu' }), ubuntu, request)).rejects.toThrow('It was built');
  });

  test('goes on where the run image does not say what it is', async () => {
    const order = [{ entries: [{ buildpack: chooser, optional: false }] }];
    await expect(build(imageOf({ distro: 'debian' }), {}, { order })).rejects.toThrow('It was built');
  });
});
