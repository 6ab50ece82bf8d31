import { describe, expect, test } from 'vitest';
import { formatLifecycleMetadata, parseLifecycleMetadata } from '../../src/cnb/lifecycle-metadata.ts';
import type { Event } from '../../src/events.ts';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import type { Layer } from '../../src/layer/layer.ts';
import { rebase, type NewBase } from '../../src/lifecycle/rebase.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import type { Platform } from '../../src/oci/platform.ts';

const label = 'io.buildpacks.lifecycle.metadata';

/** A layer of which nothing but its names is known: a rebase that read it would fail. */
function layer(name: string): Layer {
  return {
    mediaType: mediaTypes.ociLayerGzip,
    digest: digestOf(`${name} packed`),
    diffId: digestOf(name),
    sizeBytes: name.length,
    open: () => Promise.reject(new Error(`read ${name}`)),
  };
}

interface BaseOptions {
  readonly layers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly env?: readonly string[];
}

function base({ layers = ['old'], labels = {}, platform = linux, env = [] }: BaseOptions = {}): Image {
  return editImage(scratchImage(platform), {
    created: '2024-01-01T00:00:00Z',
    layers: layers.map((name) => ({ layer: layer(name), createdBy: `base ${name}` })),
    config: () => ({ Labels: labels, Env: env, User: 'of-the-base' }),
  });
}

const linux: Platform = { os: 'linux', architecture: 'amd64' };

function app(on: Image, labels: Readonly<Record<string, string>> = {}, api = '0.15'): Image {
  const sha = { sha: digestOf('app') };
  const names = { image: 'registry.example/run:1', mirrors: ['mirror.example/run:1'] };
  const metadata = formatLifecycleMetadata({
    app: [sha],
    buildpacks: [],
    config: sha,
    launcher: sha,
    'process-types': sha,
    runImage: { topLayer: on.layers.at(-1)?.diffId ?? '', reference: 'registry.example/run@sha256:old', ...names },
    stack: { runImage: names },
  });
  return editImage(on, {
    created: '1980-01-01T00:00:01Z',
    layers: [{ layer: layer('app'), createdBy: 'Application Layer' }],
    config: (config) => ({
      ...config,
      User: '1002:1000',
      Env: [`CNB_PLATFORM_API=${api}`, 'PATH=/app'],
      Entrypoint: ['/cnb/process/web'],
      Labels: { ...config.Labels, ...labels, [label]: metadata, mine: 'kept' },
    }),
  });
}

function newBase(image: Image, name = 'registry.example/run:1'): NewBase {
  return { image, name, reference: `registry.example/run@${image.digest}`, mirrors: ['mirror.example/run:1'] };
}

function run(image: Image, on: NewBase, force = false): { image: Image; events: Event[] } {
  const events: Event[] = [];
  return { image: rebase(image, on, { force, report: (event) => void events.push(event) }), events };
}

const refused = expect.objectContaining({ code: 'REBASE_FAILED', exitCode: 72 });

describe('rebase()', () => {
  test('RBS-08 RBS-09 RBS-12 RBS-13 replaces the layers of the run image and keeps everything of the application', () => {
    const next = base({ layers: ['new 1', 'new 2'], env: ['PATH=/base'] });
    const { image } = run(app(base()), newBase(next));
    expect(image.layers.map(({ diffId }) => diffId)).toEqual(['new 1', 'new 2', 'app'].map((name) => digestOf(name)));
    expect(image.config.config).toMatchObject({
      User: '1002:1000',
      Env: ['CNB_PLATFORM_API=0.15', 'PATH=/app'],
      Entrypoint: ['/cnb/process/web'],
    });
    expect(image.config.config?.Labels?.['mine']).toBe('kept');
    expect(image.config.created).toBe('1980-01-01T00:00:01Z');
    expect(parseLifecycleMetadata(image.config.config?.Labels?.[label])?.runImage).toEqual({
      topLayer: digestOf('new 2'),
      reference: `registry.example/run@${next.digest}`,
      image: 'registry.example/run:1',
      mirrors: ['mirror.example/run:1'],
    });
  });

  test('RBS-10 takes labels about the base from the new one, and removes those that it does not have', () => {
    const old = base({
      labels: { 'io.buildpacks.base.id': 'old', 'io.buildpacks.base.gone': 'x', 'io.buildpacks.stack.id': 's' },
    });
    const next = base({
      labels: { 'io.buildpacks.base.id': 'new', 'io.buildpacks.stack.id': 's', other: 'not taken' },
    });
    const labels = run(app(old), newBase(next)).image.config.config?.Labels ?? {};
    expect(labels).toMatchObject({ 'io.buildpacks.base.id': 'new', 'io.buildpacks.stack.id': 's' });
    expect(Object.keys(labels)).not.toContain('io.buildpacks.base.gone');
    expect(Object.keys(labels)).not.toContain('other');
  });

  test('RBS-20 keeps layers between those of the run image and of the application, as image extensions leave them', () => {
    const made = app(base({ layers: ['old', 'older'] }));
    const top = digestOf('old');
    const labels = made.config.config?.Labels ?? {};
    const metadata = (labels[label] ?? '').replace(digestOf('older'), top);
    const { image } = run(
      {
        ...made,
        config: { ...made.config, config: { ...made.config.config, Labels: { ...labels, [label]: metadata } } },
      },
      newBase(base({ layers: ['new'] })),
    );
    expect(image.layers.map(({ diffId }) => diffId)).toEqual(['new', 'older', 'app'].map((name) => digestOf(name)));
  });

  test('of an image on the same run image gives the same image', () => {
    const old = base();
    const before = app(old);
    const on = newBase(old);
    const once = run(before, on).image;
    expect(run(once, on).image.digest).toBe(once.digest);
  });

  test('RBS-08 fails when the image does not have the layer that its label names', () => {
    const image = editImage(app(base()), { created: 'x', layers: [] });
    const broken = { ...image, layers: image.layers.slice(1) };
    expect(() => run(broken, newBase(base()))).toThrow(refused);
  });

  test('on an image of another name the label has that name and no mirrors, where it is forced [RBS-07] [RBS-11]', () => {
    const other = newBase(base({ platform: { os: 'linux', architecture: 'arm64' } }), 'registry.example/other:1');
    const { image } = run(app(base()), { ...other, mirrors: [] }, true);
    const metadata = parseLifecycleMetadata(image.config.config?.Labels?.[label]);
    expect(metadata?.runImage.image).toBe('registry.example/other:1');
    expect(metadata?.runImage.mirrors).toBeUndefined();
    expect(metadata?.stack.runImage).toEqual({ image: 'registry.example/other:1' });
    expect([image.config.os, image.config.architecture]).toEqual(['linux', 'arm64']);
  });

  test('fails for an image that buildpacks did not make', () => {
    expect(() => run(base(), newBase(base()))).toThrow(refused);
  });
});

interface RuleCase {
  readonly rule: string;
  readonly image: Image;
  readonly on: NewBase;
  readonly allowed: boolean;
}

const distro = (name: string, version: string): Record<string, string> => ({
  'io.buildpacks.base.distro.name': name,
  'io.buildpacks.base.distro.version': version,
});
const stack = (id: string, ...mixins: readonly string[]): Record<string, string> => ({
  'io.buildpacks.stack.id': id,
  'io.buildpacks.stack.mixins': JSON.stringify(mixins),
});
const arm64: Platform = { os: 'linux', architecture: 'arm64' };

// @cnb RBS-02 RBS-03 RBS-04 RBS-05 RBS-06
test.each<RuleCase>([
  {
    rule: 'RBS-04 rebasable=false',
    image: app(base(), { 'io.buildpacks.rebasable': 'false' }),
    on: newBase(base()),
    allowed: false,
  },
  {
    rule: 'RBS-04 rebasable=true',
    image: app(base(), { 'io.buildpacks.rebasable': 'true' }),
    on: newBase(base()),
    allowed: true,
  },
  { rule: 'RBS-05 another architecture', image: app(base()), on: newBase(base({ platform: arm64 })), allowed: false },
  {
    rule: 'RBS-05 another variant',
    image: app(base({ platform: { ...arm64, variant: 'v8' } })),
    on: newBase(base({ platform: { ...arm64, variant: 'v9' } })),
    allowed: false,
  },
  {
    rule: 'RBS-05 a variant on one side only',
    image: app(base({ platform: { ...arm64, variant: 'v8' } })),
    on: newBase(base({ platform: arm64 })),
    allowed: true,
  },
  {
    rule: 'RBS-05 the same distribution',
    image: app(base({ labels: distro('debian', '12') })),
    on: newBase(base({ labels: distro('debian', '12') })),
    allowed: true,
  },
  {
    rule: 'RBS-05 another version of it',
    image: app(base({ labels: distro('debian', '12') })),
    on: newBase(base({ labels: distro('debian', '13') })),
    allowed: false,
  },
  {
    rule: 'RBS-05 no distribution on the new base',
    image: app(base({ labels: distro('debian', '12') })),
    on: newBase(base()),
    allowed: true,
  },
  { rule: 'RBS-06 another name', image: app(base()), on: newBase(base(), 'registry.example/other:1'), allowed: false },
  { rule: 'RBS-06 a mirror', image: app(base()), on: newBase(base(), 'mirror.example/run:1'), allowed: true },
  {
    rule: 'RBS-02 RBS-03 the same stack, for an older image',
    image: app(base({ labels: stack('s', 'a', 'build:b') }), {}, '0.11'),
    on: newBase(base({ labels: stack('s', 'a', 'b') }), 'elsewhere.example/x:1'),
    allowed: true,
  },
  {
    rule: 'RBS-03 a mixin that is gone',
    image: app(base({ labels: stack('s', 'a', 'b') }), {}, '0.11'),
    on: newBase(base({ labels: stack('s', 'a') })),
    allowed: false,
  },
  {
    rule: 'RBS-03 another stack',
    image: app(base({ labels: stack('s') }), {}, '0.11'),
    on: newBase(base({ labels: stack('t') })),
    allowed: false,
  },
])('$rule: allowed is $allowed, and --force goes ahead with a warning', ({ image, on, allowed }) => {
  const attempt = (): unknown => run(image, on);
  const outcome = outcomeOf(attempt);
  expect(outcome).toBe(allowed ? 'done' : 'REBASE_FAILED');
  expect(run(image, on, true).events.filter(({ type }) => type === 'warning')).toHaveLength(allowed ? 0 : 1);
});

function outcomeOf(attempt: () => unknown): string {
  try {
    attempt();
    return 'done';
  } catch (error) {
    return (error as { code: string }).code;
  }
}
