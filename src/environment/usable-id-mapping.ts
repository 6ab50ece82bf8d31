import type { IdMapping } from './id-mapping.ts';
import { runInUserNamespace } from './user-namespace.ts';

/** Ranges are of use only where newuidmap may set them up, which a container often forbids; else the caller stands alone. */
export async function usableIdMapping(ids: IdMapping): Promise<IdMapping> {
  if (ids.kind !== 'ranges') return ids;
  const { exitCode, stderr } = await runInUserNamespace(['true'], { ids });
  if (exitCode === 0) return ids;
  const [why = ''] = stderr.trim().split('\n');
  return {
    kind: 'single',
    uids: ids.uids.slice(0, 1),
    gids: ids.gids.slice(0, 1),
    reason: `your id ranges cannot be used here (${why})`,
  };
}
