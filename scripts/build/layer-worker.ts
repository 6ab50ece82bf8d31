import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { repositoryRoot } from '../repository-root.ts';

/** Makes dist/layer-worker.js fit the sources, also when the rest of the package does not build. */
export async function buildLayerWorker(): Promise<void> {
  const script = join(repositoryRoot, 'dist', 'layer-worker.js');
  if (existsSync(script) && statSync(script).mtimeMs > newestSource()) return;
  const cache = join(repositoryRoot, 'node_modules', '.cache', 'tsbuildpack');
  mkdirSync(cache, { recursive: true });
  mkdirSync(join(repositoryRoot, 'dist'), { recursive: true });
  const outfile = join(mkdtempSync(join(cache, 'worker-')), 'layer-worker.js');
  const entryPoints = [join(repositoryRoot, 'src/layer/worker.ts')];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20' });
  renameSync(outfile, script);
  rmdirSync(dirname(outfile));
}

function newestSource(): number {
  const files = ['src', 'src/layer', 'src/fs', 'src/oci'].flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder)).map((name) => join(repositoryRoot, folder, name)),
  );
  return Math.max(...files.filter((file) => file.endsWith('.ts')).map((file) => statSync(file).mtimeMs));
}
