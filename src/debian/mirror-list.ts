import { buffer } from 'node:stream/consumers';
import { TsbuildpackError } from '../errors.ts';
import type { OpenFile } from './open-file.ts';
import { shownAddress } from './shown-address.ts';

/**
 * The addresses that an address stands for: itself, or those of the list that `mirror+file:/etc/apt/mirrors.list` names, in the order of their
 * priorities (apt-transport-mirror(1)). Throws PACKAGES_UNAVAILABLE when there is no such list.
 */
export async function mirrorRoots(uri: string, open: OpenFile): Promise<readonly string[]> {
  if (!uri.startsWith('mirror')) return [uri.replace(/\/+$/, '')];
  const list = uri.replace(
    /^mirror(?:\+(?<scheme>[a-z]+))?:/,
    (_, scheme: string | undefined) => `${scheme ?? 'http'}:`,
  );
  const body = await open(list);
  if (body === undefined) {
    throw new TsbuildpackError('PACKAGES_UNAVAILABLE', `Cannot find the list of mirrors "${shownAddress(list)}"`, {
      hint: 'Name a mirror with --debian-mirror',
    });
  }
  const isLocal = /^(?:file|copy):/.test(list);
  return (
    parseMirrorList((await buffer(body)).toString('utf8'))
      // Who sends a list may not make us read files.
      .filter((address) => /^https?:/.test(address) || (isLocal && /^(?:file|copy):/.test(address)))
      .map((address) => address.replace(/\/+$/, ''))
  );
}

/** Lines of an address, and of words like `priority:2` after it; a lower number comes first, none last. */
function parseMirrorList(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => ({
      address: line.split(/\s/, 1)[0] ?? '',
      priority: Number(/\spriority:(?<number>\d{1,9})/.exec(line)?.groups?.['number'] ?? Number.MAX_SAFE_INTEGER),
    }))
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ address }) => address);
}
