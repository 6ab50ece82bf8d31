import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildLayerWorker } from '../build/layer-worker.ts';
import { repositoryRoot } from '../repository-root.ts';
import { type Comparison, type Contender, pipeline } from './compare.ts';

/** Layers alone, without the phases around them, against pipelines that make and hash the same bytes. */
export async function layerScenarios(app: string, work: string): Promise<Comparison[]> {
  const program = await bundleProgram('pack-tree');
  await buildLayerWorker();
  const out = join(work, 'layer');
  const clear = (): void => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
  };
  const big = join(work, 'big');
  mkdirSync(big);
  copyFileSync(process.execPath, join(big, 'node'));
  const pack = (folder: string, ...args: readonly string[]): Contender => ({
    name: ['layer', ...args].join(' '),
    argv: [process.execPath, program, folder, out, ...args],
  });
  const sha = (name: string): string => `tee >(openssl dgst -sha256 >'${work}/${name}')`;
  const tar = (folder: string): string => `tar --sort=name -C '${folder}' -cf - .`;
  const gzip = (folder: string): Contender =>
    pipeline(
      'tar | tee | pigz -1 | tee, both digests',
      `${tar(folder)} | ${sha('diffid')} | pigz -1 | ${sha('digest')} >'${work}/layer.tar.gz'; wait`,
    );
  return [
    {
      scenario: 'Cold layer, gzip, both digests',
      ours: { ...pack(app), before: clear },
      baseline: gzip(app),
    },
    {
      scenario: 'Cold layer of one big program (the one of Node.js), gzip, both digests',
      ours: { ...pack(big), before: clear },
      baseline: gzip(big),
    },
    {
      scenario: 'Cold layer, uncompressed',
      ours: { ...pack(app, 'none'), before: clear },
      baseline: pipeline('tar | tee | openssl dgst', `${tar(app)} | tee '${work}/layer.tar' | openssl dgst -sha256`),
    },
    {
      scenario: 'Unchanged layer',
      ours: pack(app, 'none'),
      baseline: pipeline(
        'find | openssl dgst',
        `find '${app}' -printf '%p %m %s %T@ %C@ %i\\n' | openssl dgst -sha256`,
      ),
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
