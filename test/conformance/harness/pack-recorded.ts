import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { BuildAnswer, LayerAnswer } from './answer.ts';
import { launcherFile } from './creator-command.ts';
import { places } from './materialize.ts';

/** Where the program of test/conformance/go is. */
export const packerFile = '/go-layers';

/**
 * Has Go's archive/tar pack the recorded entries with the contents that the replayed build left, and gives the layers that do not come to
 * their recorded diff ID: the entries or the diff ID are then not what the reference made.
 */
export function packRecorded({ image }: BuildAnswer): readonly string[] {
  const layers = (image?.layers ?? []).filter(isOfThisBuild);
  if (layers.length === 0) return [];
  const input = JSON.stringify(layers.map(({ entries }) => entries.map(packable)));
  const { status, stdout, stderr } = spawnSync(packerFile, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot pack recorded layers: ${stderr}`);
  const packed = stdout.trimEnd().split('\n');
  return layers.flatMap(({ diffId }, index) =>
    packed[index] === diffId ? [] : [`${diffId} comes to ${packed[index]}`],
  );
}

/** Not the base's, not the one of metadata.toml, and not one of the last image whose files the buildpack did not make again. */
function isOfThisBuild({ diffId, entries }: LayerAnswer): boolean {
  if (diffId === '<config>') return false;
  const names = entries.map((line) => packable(line).path);
  if (names.some((name) => name.startsWith('/cnb/'))) return true;
  return (
    names.some((name) => [places.app, places.layers].some((place) => name.startsWith(place))) && names.every(existsSync)
  );
}

interface Packable {
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Base64, as Go has bytes in JSON. */
  readonly name: string;
  readonly link: string;
  readonly content?: string;
  readonly path: string;
}

const linePattern = /^(\w) (\d+) (\d+):(\d+)(?: \d+ sha256:\w+)?(?: ("(?:[^"\\]|\\.)*"))?? ("(?:[^"\\]|\\.)*")$/;

/** What entryLine() wrote. */
function packable(line: string): Packable {
  const [, type = '', mode = '', uid, gid, link, name = '""'] = linePattern.exec(line) ?? [];
  if (type === '') throw new Error(`Cannot read recorded entry ${line}`);
  const path = bytesOf(name);
  return {
    type,
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    name: path.toString('base64'),
    link: link === undefined ? '' : bytesOf(link).toString('base64'),
    ...(path.toString() === '/cnb/lifecycle/launcher' && type === 'f' && { content: launcherFile }),
    path: path.toString('latin1'),
  };
}

function bytesOf(quoted: string): Buffer {
  const text = JSON.parse(quoted) as string;
  return text.startsWith('latin1:') ? Buffer.from(text.slice('latin1:'.length), 'latin1') : Buffer.from(text);
}
