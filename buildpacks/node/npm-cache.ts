import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';

/** npm's own cache, kept for when the lockfile changes: archives and documents of registries, no credentials. Gives its inside path. */
export function npmCache(context: Pick<BuiltinBuildContext, 'layer' | 'inside'>): () => Promise<string> {
  const open = async (): Promise<string> => {
    const layer = await context.layer('npm-cache', { cache: true, toolCache: true });
    rmSync(join(layer.path, '_logs'), { recursive: true, force: true });
    return join(context.inside.layersDir, layer.name);
  };
  let opened: Promise<string> | undefined;
  return () => (opened ??= open());
}
