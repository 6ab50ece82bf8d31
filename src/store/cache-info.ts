import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SurveyParts } from './survey.ts';
import { survey, treeSize } from './survey.ts';

/** What takes how much room in the store. */
export interface CacheInfo {
  readonly dir: string;
  readonly sizeBytes: number;
  readonly kinds: readonly KindInfo[];
}

export interface KindInfo {
  /** `images`: named images with the blobs that they need; `blobs`: other blobs; `temporary`: what is being written or was left over. */
  readonly kind: 'images' | 'blobs' | 'scopes' | 'toolchains' | 'rootfs' | 'documents' | 'temporary';
  /** Of named images their number, else of things. */
  readonly count: number;
  readonly sizeBytes: number;
}

const kindNames = {
  blob: 'blobs',
  scope: 'scopes',
  toolchain: 'toolchains',
  rootfs: 'rootfs',
  document: 'documents',
} as const;

export async function cacheInfo(parts: SurveyParts): Promise<CacheInfo> {
  const items = await survey(parts);
  const sumOf = (chosen: typeof items): number => chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const roots = items.filter((item) => item.root);
  const images = roots.filter((item) => item.kind === 'image').length;
  const others = (['blob', 'scope', 'toolchain', 'rootfs', 'document'] as const).map((kind): KindInfo => {
    const chosen = items.filter((item) => item.kind === kind && !item.root);
    return { kind: kindNames[kind], count: chosen.length, sizeBytes: sumOf(chosen) };
  });
  const temporary = readdirSync(parts.layout.tmp).map((name) => treeSize(join(parts.layout.tmp, name)));
  const kinds: readonly KindInfo[] = [
    { kind: 'images', count: images, sizeBytes: sumOf(roots) },
    ...others,
    { kind: 'temporary', count: temporary.length, sizeBytes: temporary.reduce((sum, size) => sum + size, 0) },
  ];
  return { dir: parts.layout.dir, sizeBytes: kinds.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), kinds };
}
