import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { NodeDirectory } from './node-runtime.ts';

/** The programs that start an application in the image. */
export interface RuntimeLayer {
  /** Image path of Node. */
  readonly node: string;
  /** Image path of the init that stands in front of it: Node, as process 1, ignores SIGTERM when the program sets no handler. */
  readonly init: string;
}

/** Makes the layer of what running needs and nothing else: no headers, no npm, no documentation. */
export async function runtimeLayer(
  context: Pick<BuiltinBuildContext, 'layer' | 'target' | 'buildpackDir'>,
  node: NodeDirectory,
): Promise<RuntimeLayer> {
  const init = initProgram(context);
  const key = {
    node: node.version,
    arch: context.target.arch,
    init: createHash('sha256').update(readFileSync(init)).digest('hex'),
  };
  const layer = await context.layer('node', { launch: true, key });
  if (layer.state === 'empty') {
    const bin = join(layer.path, 'bin');
    mkdirSync(bin);
    chmodSync(bin, 0o755);
    install(join(node.dir, 'bin', 'node'), join(bin, 'node'), 0o755);
    install(init, join(bin, 'tsbuildpack-init'), 0o755);
    // Who hands on the program hands on its licence.
    const licence = join(node.dir, 'LICENSE');
    if (existsSync(licence)) install(licence, join(layer.path, 'LICENSE'), 0o644);
  }
  return { node: `${layer.imagePath}/bin/node`, init: `${layer.imagePath}/bin/tsbuildpack-init` };
}

function install(from: string, to: string, mode: number): void {
  copyFileSync(from, to);
  chmodSync(to, mode);
}

/** The launcher, which under this name is an init. */
function initProgram({ buildpackDir, target }: Pick<BuiltinBuildContext, 'buildpackDir' | 'target'>): string {
  const file = join(buildpackDir, 'launcher', 'prebuilt', `${target.os}-${target.arch}`, 'launcher');
  if (existsSync(file)) return file;
  throw new TsbuildpackError('BUILD_FAILED', `Cannot build for ${target.os}/${target.arch}: there is no init for it`, {
    hint: 'Build for linux/amd64 or linux/arm64',
  });
}
