import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildLayerWorker } from '../build/layer-worker.ts';
import { repositoryRoot } from '../repository-root.ts';
import type { Comparison, Contender } from './compare.ts';

/** Layers alone, without the phases around them, against pipelines that make and hash the same bytes. */
export async function layerScenarios(app: string, work: string): Promise<Comparison[]> {
  const program = await bundleProgram('pack-tree');
  await buildLayerWorker();
  const out = join(work, 'layer');
  const clear = (): void => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
  };
  const pack = (...args: readonly string[]): Contender => ({
    name: ['layer', ...args].join(' '),
    argv: [process.execPath, program, app, out, ...args],
  });
  const shell = (name: string, script: string): Contender => ({ name, argv: ['bash', '-o', 'pipefail', '-c', script] });
  const sha = (name: string): string => `tee >(openssl dgst -sha256 >'${work}/${name}')`;
  const tar = `tar --sort=name -C '${app}' -cf - .`;
  return [
    {
      scenario: 'Cold layer, gzip, both digests',
      ours: { ...pack(), before: clear },
      baseline: shell(
        'tar | tee | pigz -1 | tee, both digests',
        `${tar} | ${sha('diffid')} | pigz -1 | ${sha('digest')} >'${work}/layer.tar.gz'; wait`,
      ),
    },
    {
      scenario: 'Cold layer, uncompressed',
      ours: { ...pack('none'), before: clear },
      baseline: shell('tar | tee | openssl dgst', `${tar} | tee '${work}/layer.tar' | openssl dgst -sha256`),
    },
    {
      scenario: 'Unchanged layer',
      ours: pack('none'),
      baseline: shell('find | openssl dgst', `find '${app}' -printf '%p %m %s %T@ %C@ %i\\n' | openssl dgst -sha256`),
    },
  ];
}

/** Inside node_modules, so that the program finds this package as it does from dist/. */
async function bundleProgram(name: string): Promise<string> {
  const outdir = join(repositoryRoot, 'node_modules', '.cache', 'tsbuildpack', 'bench');
  await build({
    entryPoints: [join(repositoryRoot, 'scripts/bench', `${name}.ts`)],
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['esbuild'],
  });
  return join(outdir, `${name}.js`);
}
