import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import { contentEntry, directoryEntry } from '../../src/layer/tar-entry.ts';
import { openBuilder, type Builder } from '../../src/platform/builder.ts';
import { builderImage } from '../../src/platform/builder-create.ts';
import { chooseOrder, type Order } from '../../src/platform/buildpack-order.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { amd64, layerOf } from '../image/example-image.ts';
import { buildpackRig, type BuildpackRig } from './buildpack-rig.ts';

/** A rig for buildpacks with builders, whose build image is `store:base`. */
export interface BuilderRig extends BuildpackRig {
  store(name: string, image: Image): Promise<void>;
  create(toml: string, options?: { readonly flatten?: boolean }): Promise<Image>;
  createAndOpen(toml: string, options?: { readonly flatten?: boolean }): Promise<Builder>;
  order(builder: Builder | undefined, wishes?: Partial<Parameters<typeof chooseOrder>[0]>): Promise<Order>;
  /** Two buildpacks, and a builder.toml with them. */
  twoBuildpacks(): string;
}

export async function builderRig(): Promise<BuilderRig> {
  const rig = await buildpackRig();
  const { dir, tools } = rig;
  const store = async (name: string, image: Image): Promise<void> => {
    const sink = await tools.places.sink({ kind: 'store', reference: parseReference(name) }, { names: [] });
    await sink.write(image, { report: () => undefined });
  };
  const create: BuilderRig['create'] = async (toml, { flatten = false } = {}) => {
    writeFileSync(join(dir, 'builder.toml'), toml);
    return await builderImage({ config: 'builder.toml', flatten, settings: {} }, tools);
  };
  await store('base', buildImage());
  return {
    ...rig,
    store,
    create,
    async createAndOpen(toml, options) {
      await store('builder', await create(toml, options));
      return await openBuilder('store:builder', tools);
    },
    async order(builder, wishes = {}) {
      const none = { flags: [], preFlags: [], postFlags: [], descriptor: undefined };
      return await chooseOrder({ ...none, cwd: dir, descriptorDir: dir, builder, tools, ...wishes });
    },
    twoBuildpacks() {
      rig.buildpack('one');
      rig.buildpack('two', { version: '2.0.0' });
      return twoBuildpacks;
    },
  };
}

const root = { uid: 0, gid: 0 };

/** A build image as others make them, without programs. */
export function buildImage(env: readonly string[] = ['CNB_USER_ID=1234', 'CNB_GROUP_ID=4321', 'PATH=/usr/bin']): Image {
  const entries = [directoryEntry('/etc', root), contentEntry('/etc/os-release', 'ID=acme\nVERSION_ID=7\n', root)];
  return editImage(scratchImage(amd64), {
    created: '1980-01-01T00:00:01Z',
    layers: [{ layer: layerOf(entries), createdBy: 'test' }],
    config: () => ({ User: '1234:4321', Env: env, Labels: { 'io.buildpacks.stack.id': 'acme.stack' } }),
  });
}

export const usual: string = `
description = "Ours"
[build]
image = "store:base"
[[run.images]]
image = "registry.example/run:1"
mirrors = ["mirror.example/run:1"]
`;

export function shown({ order: groups }: Order): readonly string[] {
  return groups.map(({ entries }) =>
    entries.map(({ buildpack, optional }) => `${buildpack.descriptor.id}${optional ? '?' : ''}`).join(' '),
  );
}

const twoBuildpacks = `${usual}
[[buildpacks]]
uri = "one"
[[buildpacks]]
id = "acme/two"
version = "2.0.0"
uri = "./two"
[[order]]
[[order.group]]
id = "acme/one"
[[order.group]]
id = "acme/two"
version = "2.0.0"
optional = true
[[order]]
[[order.group]]
id = "acme/two"
`;
