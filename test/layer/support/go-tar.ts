import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { pathBytes } from '../../../src/fs/byte-path.ts';
import type { TarEntry, TarEntryType } from '../../../src/layer/tar-entry.ts';
import { normalizedMtimeSeconds } from '../../../src/layer/tar-header.ts';

const typeFlags: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

/** Go's archive/tar, built from test/layer/go. */
export interface GoTar {
  /** The header bytes of each entry in hex, or `error: …`. */
  headers(entries: readonly TarEntry[]): string[];
  /** The archive of a directory as the reference lifecycle writes it. */
  tree(dir: string, name: string, options: { uid: number; gid: number; order: 'walk' | 'path' }): Buffer;
}

export function buildGoTar(): GoTar {
  const dir = mkdtempSync(join(tmpdir(), 'tarbytes-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  const binary = join(dir, 'tarbytes');
  execFileSync('go', ['build', '-o', binary, '.'], {
    cwd: join(import.meta.dirname, '../go'),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOWORK: 'off' },
  });
  const maxBuffer = 1 << 30;
  return {
    headers(entries) {
      const input = entries.map((entry) => `${JSON.stringify(asGo(entry))}\n`).join('');
      return execFileSync(binary, ['headers'], { input, maxBuffer, encoding: 'latin1' }).trimEnd().split('\n');
    },
    tree(folder, name, { uid, gid, order }) {
      return execFileSync(binary, ['tree', folder, name, String(uid), String(gid), order], { maxBuffer });
    },
  };
}

function asGo(entry: TarEntry): Readonly<Record<string, unknown>> {
  return {
    name: pathBytes(entry.path).toString('base64'),
    link: pathBytes(entry.linkTarget ?? '').toString('base64'),
    type: typeFlags[entry.type],
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: entry.sizeBytes,
    devmajor: entry.deviceMajor ?? 0,
    devminor: entry.deviceMinor ?? 0,
    mtime: entry.mtimeSeconds ?? normalizedMtimeSeconds,
  };
}
