import type { ListedEntry } from '../../../src/layer/list-entries.ts';
import type { BytePath } from '../../../src/fs/byte-path.ts';

const letters: Readonly<Record<ListedEntry['type'], string>> = {
  file: 'f',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  fifo: 'p',
  'character-device': 'c',
  'block-device': 'b',
};

/** `f 644 1001:1000 5 sha256:… /workspace/file`, `l 777 1001:1000 "target" /layers/…`, and what is not as in every other entry behind it. */
export function entryLine(entry: ListedEntry): string {
  const { type, mode, uid, gid, sizeBytes, sha256, linkTarget, path, mtimeSeconds, xattrs } = entry;
  return [
    letters[type],
    mode.toString(8),
    `${uid}:${gid}`,
    ...(type === 'file' ? [sizeBytes, sha256] : []),
    ...(linkTarget === undefined ? [] : [JSON.stringify(shownName(linkTarget))]),
    JSON.stringify(shownName(path)),
    ...(mtimeSeconds === normalTime ? [] : [`@${mtimeSeconds}`]),
    ...xattrs,
  ].join(' ');
}

/** 1980-01-01T00:00:01Z */
const normalTime = 315532801;

/** Bytes that are no UTF-8 are shown as Latin-1, with a mark in front. */
export function shownName(path: BytePath): string {
  return typeof path === 'string' ? path : `latin1:${path.toString('latin1')}`;
}
