import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { withLock } from '../../src/fs/lock.ts';
import { writeDeclarations } from './declarations.ts';
import { nftPlugin } from './nft-plugin.ts';
import { thirdPartyLicenses } from './licenses.ts';

/** Each is a file of its own because another program starts or imports it by its path. */
const entryPoints: Readonly<Record<string, string>> = {
  cli: 'src/cli/main.ts',
  buildpack: 'src/buildpack/api.ts',
  'buildpack-runner': 'src/buildpack/runner.ts',
  'layer-worker': 'src/layer/worker.ts',
};

// Bundled CommonJS packages call require() for node's own modules. The name is ours alone, because a buildpack in TypeScript
// is bundled together with dist/buildpack.js and may get a banner of its own.
const banner = `import{createRequire as tsbuildpackRequire}from'node:module';const require=tsbuildpackRequire(import.meta.url);`;

export interface BuildPackageOptions {
  /** Also write the type declarations of the public API. @default false */
  readonly declarations?: boolean;
  /** Remove files of earlier builds from dist/. @default false */
  readonly prune?: boolean;
}

export interface PackageBuild {
  /** Paths of the JavaScript files, relative to dist/. */
  readonly outputs: readonly string[];
  readonly bytes: number;
  readonly metafile: Metafile;
}

/**
 * Bundles the package into `root`/dist. Files appear there by rename, one by one, and chunks carry a hash in their name:
 * a program that runs from dist/ meanwhile keeps finding its own chunks unless `prune` is set.
 */
export async function buildPackage(root: string, options: BuildPackageOptions = {}): Promise<PackageBuild> {
  const cache = join(root, 'node_modules', '.cache', 'tsbuildpack');
  await mkdir(cache, { recursive: true });
  const staging = await mkdtemp(join(cache, 'dist-'));
  try {
    const metafile = await bundle(root, staging);
    await chmod(join(staging, 'cli.js'), 0o755);
    if (options.declarations === true) await writeDeclarations(root, staging);
    const licenses = await thirdPartyLicenses(root, Object.keys(metafile.inputs));
    await writeFile(join(root, 'THIRD_PARTY_LICENSES'), licenses);
    // Else a build that prunes could remove the chunks that another one has just put there.
    const place = (): Promise<void> => publish(staging, join(root, 'dist'), options.prune === true);
    await withLock(join(cache, 'dist.lock'), place);
    return summary(metafile, relative(root, staging));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function bundle(root: string, outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { ...entryPoints },
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    // Error reports name functions.
    keepNames: true,
    metafile: true,
    legalComments: 'none',
    banner: { js: banner },
    // Installed with the package: esbuild has a binary for each platform, and openpgp's license (LGPL) wants it replaceable.
    external: ['esbuild', 'openpgp'],
    plugins: [nftPlugin],
    logLevel: 'warning',
  });
  return metafile;
}

async function publish(staging: string, dist: string, prune: boolean): Promise<void> {
  const files = await filesUnder(staging);
  for (const file of files) {
    await mkdir(dirname(join(dist, file)), { recursive: true });
    await rename(join(staging, file), join(dist, file));
  }
  if (!prune) return;
  const current = new Set(files);
  const stale = (await filesUnder(dist)).filter((file) => !current.has(file));
  await Promise.all(stale.map((file) => rm(join(dist, file))));
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function summary(metafile: Metafile, staging: string): PackageBuild {
  const outputs = Object.keys(metafile.outputs).map((path) => relative(staging, path));
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  return { outputs: outputs.toSorted(), bytes, metafile };
}

/** When the newest source file was changed, in milliseconds since 1970. */
export async function newestSource(root: string): Promise<number> {
  const folders = ['src', 'buildpacks'].map((name) => join(root, name));
  const lists = await Promise.all(
    folders.map(async (folder) => (await filesUnder(folder)).map((file) => join(folder, file))),
  );
  const stats = await Promise.all([join(root, 'package.json'), ...lists.flat()].map((file) => stat(file)));
  return Math.max(...stats.map((info) => info.mtimeMs));
}
