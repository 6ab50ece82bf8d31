import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { scopeLock } from './scope.ts';
import { oldestSession, type RemoveTree, type Session, sweepDeadSessions, tryLock } from './sessions.ts';
import type { StoreItem, SurveyParts } from './survey.ts';
import { survey } from './survey.ts';
import type { UseTimes } from './use-times.ts';
import { usedAt } from './use-times.ts';

/** Without limits everything goes that no named image needs and no running build has used. */
export interface PruneOptions {
  /** Remove what was used longest ago until the store is no bigger. */
  readonly maxSizeBytes?: number;
  /** Remove what was not used for so long. */
  readonly unusedForMs?: number;
  /** Also named images. @default false */
  readonly images?: boolean;
}

export interface PruneResult {
  readonly removed: readonly Pick<StoreItem, 'kind' | 'name' | 'sizeBytes'>[];
  readonly freedBytes: number;
  /** What is left. */
  readonly keptBytes: number;
  /** Things that would have gone but are in use by a running build. */
  readonly inUse: number;
}

export interface PruneParts extends SurveyParts {
  readonly session: Session;
  readonly uses: UseTimes;
  readonly now: () => Date;
  readonly removeTree: RemoveTree;
}

/** How many things are removed while builds may have to wait. */
const batchSize = 100;

/**
 * Safe while builds run: what a running build used stays, and between looking at the time of use and removing nobody can use the thing.
 */
export async function prune(options: PruneOptions, parts: PruneParts): Promise<PruneResult> {
  const startedAtMs = parts.now().getTime();
  await sweepDeadSessions(parts.layout, parts.removeTree);
  const items = await survey(parts);
  const chosen = choose(items, options, startedAtMs);
  const removed: StoreItem[] = [];
  for (let start = 0; start < chosen.length; start += batchSize) {
    removed.push(...(await removeBatch(chosen.slice(start, start + batchSize), startedAtMs, parts)));
  }
  removeOrphanedMarks(parts, startedAtMs);
  const freedBytes = sizeOf(removed);
  return {
    removed: removed.map(({ kind, name, sizeBytes }) => ({ kind, name, sizeBytes })),
    freedBytes,
    keptBytes: sizeOf(items) - freedBytes,
    inUse: chosen.length - removed.length,
  };
}

/** What the limits say should go, least recently used first. */
function choose(items: readonly StoreItem[], options: PruneOptions, nowMs: number): readonly StoreItem[] {
  const { maxSizeBytes, unusedForMs, images = false } = options;
  // Stable: an image comes before its blobs, which are never older, so that no image stays whose blobs are gone.
  const candidates = items.filter((item) => images || !item.root).toSorted((a, b) => a.usedAtMs - b.usedAtMs);
  if (maxSizeBytes === undefined && unusedForMs === undefined) return candidates;
  let left = sizeOf(items);
  return candidates.filter(({ usedAtMs, sizeBytes }) => {
    const old = unusedForMs !== undefined && nowMs - usedAtMs > unusedForMs;
    const tooMuch = maxSizeBytes !== undefined && left > maxSizeBytes;
    if (old || tooMuch) left -= sizeBytes;
    return old || tooMuch;
  });
}

async function removeBatch(
  batch: readonly StoreItem[],
  startedAtMs: number,
  { layout, session, uses, removeTree }: PruneParts,
): Promise<readonly StoreItem[]> {
  const trash: string[] = [];
  const removed = await uses.sweep(async () => {
    const oldest = await oldestSession(layout, session.id);
    const usedBefore = Math.min(startedAtMs, oldest ?? startedAtMs);
    const gone: StoreItem[] = [];
    for (const item of batch) {
      if (usedAt(item.mark) >= usedBefore) continue;
      const lock = item.kind === 'scope' ? await tryLock(scopeLock(layout, item.name)) : undefined;
      if (item.kind === 'scope' && lock === undefined) continue;
      trash.push(...takeAway(item, session));
      lock?.release();
      gone.push(item);
    }
    return gone;
  });
  // What is big is deleted when builds no longer wait.
  for (const path of trash) await removeTree(path);
  return removed;
}

/** Files go at once; directories are renamed out of sight, and given back to be deleted. */
function takeAway({ kind, path, mark }: StoreItem, session: Session): readonly string[] {
  if (kind === 'image' || kind === 'blob' || kind === 'document') {
    rmSync(path, { force: true });
    if (mark !== path) rmSync(mark, { force: true });
    return [];
  }
  const trash = session.temporaryPath();
  if (existsSync(path)) renameSync(path, trash);
  rmSync(mark, { force: true });
  return [trash];
}

/** Marks whose thing never came, because the process that announced it died. */
function removeOrphanedMarks({ layout }: PruneParts, startedAtMs: number): void {
  const day = 24 * 3_600_000;
  for (const name of readdirSync(layout.checked)) {
    const mark = join(layout.checked, name);
    if (!existsSync(join(layout.blobs, basename(name))) && usedAt(mark) < startedAtMs - day)
      rmSync(mark, { force: true });
  }
}

function sizeOf(items: readonly StoreItem[]): number {
  return items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
