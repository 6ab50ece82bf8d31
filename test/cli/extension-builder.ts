import { readFileSync } from 'node:fs';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { layoutSink } from '../../src/image/layout-place.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import { contentEntry, directoryEntry, symlinkEntry, type TarEntry } from '../../src/layer/tar-entry.ts';
import { layerOf } from '../image/example-image.ts';

const root = { uid: 0, gid: 0 };

/** Of this machine. */
export const machine: { readonly os: string; readonly architecture: string } = {
  os: 'linux',
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
};

/** A base with one file of its own, and these labels. */
export function plainBase(name: string, labels: Readonly<Record<string, string>> = {}): Image {
  return editImage(scratchImage(machine), {
    created: '2020-01-01T00:00:00Z',
    layers: [{ layer: layerOf([contentEntry(`/etc/${name}`, name, root)]), createdBy: name }],
    config: (config) => ({ ...config, Env: [`BASE=${name}`], Labels: labels }),
  });
}

/** Bodies of bin/generate by the ID of an extension; `acme/app` is a buildpack that takes every application. */
export interface ExtensionBuilder {
  readonly extensions: Readonly<Record<string, string>>;
  /** Body of its bin/build. @default nothing */
  readonly build?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Writes a builder with image extensions to a layout, as other tools make them: in layers that labels name. */
export async function writeExtensionBuilder(
  directory: string,
  { extensions, build = ':', labels = {} }: ExtensionBuilder,
): Promise<void> {
  const script = (text: string): string => `#!/bin/sh\nset -e\n${text}\n`;
  const program = (path: string, text: string): TarEntry => contentEntry(path, script(text), { ...root, mode: 0o755 });
  const modules = Object.entries(extensions).map(([id, generate]) => {
    const dir = `/cnb/extensions/${id.replaceAll('/', '_')}/1.0.0`;
    const descriptor = `api = "0.12"\n[extension]\nid = "${id}"\nversion = "1.0.0"\n`;
    const layer = layerOf([
      contentEntry(`${dir}/extension.toml`, descriptor, root),
      program(`${dir}/bin/generate`, generate),
    ]);
    return { id, layer };
  });
  const dir = '/cnb/buildpacks/acme_app/1.0.0';
  const app = layerOf([
    contentEntry(`${dir}/buildpack.toml`, 'api = "0.12"\n[buildpack]\nid = "acme/app"\nversion = "1.0.0"\n', root),
    program(`${dir}/bin/detect`, ':'),
    program(`${dir}/bin/build`, build),
  ]);
  const entry = (id: string): string => `id = "${id}"\nversion = "1.0.0"\n`;
  const groups = modules.map(({ id }) => `[[order-extensions.group]]\n${entry(id)}`).join('');
  const order = `[[order]]\n[[order.group]]\n${entry('acme/app')}[[order-extensions]]\n${groups}`;
  const documents = layerOf([contentEntry('/cnb/order.toml', order, root)]);
  const run = layerOf([contentEntry('/cnb/run.toml', '[[images]]\nimage = "oci:run"\n', root)]);
  const extensionLayers = Object.fromEntries(
    modules.map(({ id, layer }) => [id, { '1.0.0': { api: '0.12', layerDiffID: layer.diffId } }]),
  );
  const builder = editImage(scratchImage(machine), {
    created: '2020-01-01T00:00:00Z',
    layers: [layerOf(tools), app, ...modules.map(({ layer }) => layer), documents, run].map((layer) => ({
      layer,
      createdBy: '',
    })),
    config: () => ({
      User: '1234:4321',
      Env: ['CNB_USER_ID=1234', 'CNB_GROUP_ID=4321', 'PATH=/usr/bin:/bin'],
      Labels: { 'io.buildpacks.extension.layers': JSON.stringify(extensionLayers), ...labels },
    }),
  });
  await layoutSink({ directory }).write(builder, { report: () => undefined });
}

/** The smallest system in which a shell script runs. */
const tools: readonly TarEntry[] = [
  ...['/bin', '/etc', '/tmp', '/home', '/usr', '/usr/bin'].map((path) => directoryEntry(path, root)),
  contentEntry('/bin/busybox', readFileSync('/bin/busybox'), { ...root, mode: 0o755 }),
  ...['sh', 'cat', 'mkdir', 'printf', 'env', 'ls', 'ln', 'id', 'mkfifo'].map((name) =>
    symlinkEntry(`/bin/${name}`, 'busybox', root),
  ),
  symlinkEntry('/usr/bin/env', '/bin/busybox', root),
  contentEntry('/etc/passwd', 'root:x:0:0::/root:/bin/sh\ncnb:x:1234:4321::/home/cnb:/bin/sh\n', root),
  directoryEntry('/home/cnb', { uid: 1234, gid: 4321 }),
];
