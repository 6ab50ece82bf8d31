import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { OpenUrl, ProxyEntry } from './module-proxy.ts';
import { escapeModulePath, readSmall } from './module-proxy.ts';
import type { NoteKey } from './signed-note.ts';
import { openNote, parseNoteKey } from './signed-note.ts';
import { leafHash, parseTreeHead, provesInclusion, tilePath } from './transparency-log.ts';

export interface ChecksumDatabase {
  readonly key: NoteKey;
  /** Where it is when no proxy passes it on. */
  readonly url: string;
}

/** The database that the go command asks by default, with its key. https://go.dev/ref/mod#checksum-database */
const wellKnown = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';

/** Reads GOSUMDB: `off` is undefined; a name without a key has to be the well-known one. Throws INVALID_INPUT. */
export function parseGosumdb(value: string | undefined): ChecksumDatabase | undefined {
  const [named = '', url] = (value ?? '').split(/\s+/).filter((word) => word !== '');
  if (named === 'off') return undefined;
  const known = parseNoteKey(wellKnown);
  const key = named === '' || named === known?.name ? known : parseNoteKey(named);
  if (key === undefined) {
    throw new TsbuildpackError('INVALID_INPUT', `Cannot use GOSUMDB="${value}": it names no key`, {
      hint: 'Write it as NAME+HASH+KEY, or unset it',
    });
  }
  return { key, url: url ?? `https://${key.name}` };
}

/**
 * The hash of a module's zip file (`h1:…`) as the checksum database has it. The answer is believed only when the database's key has
 * signed the tree and the record is proved to be in it. Throws TOOLCHAIN_UNAVAILABLE.
 */
export async function lookUpHash(
  { path, version }: { readonly path: string; readonly version: string },
  database: ChecksumDatabase,
  { proxies, open }: { readonly proxies: readonly ProxyEntry[]; readonly open: OpenUrl },
): Promise<string> {
  const base = await baseUrl(database, proxies, open);
  const get = async (file: string): Promise<Buffer> => {
    const body = await open(`${base}/${file}`);
    if (body === undefined) throw untrusted(path, version, `${base} does not know it`);
    return readSmall(body, 'the checksum database');
  };
  const answer = await get(`lookup/${escapeModulePath(path)}@${escapeModulePath(version)}`);
  const { number, record, note } =
    parseLookup(answer.toString('utf8')) ?? fail(path, version, 'the answer has no record');
  const text = openNote(note, database.key) ?? fail(path, version, `the answer is not signed by ${database.key.name}`);
  const head = parseTreeHead(text) ?? fail(path, version, 'the signed text is no tree');
  const leaf = leafHash(Buffer.from(record, 'utf8'));
  if (!(await provesInclusion({ number, leaf }, head, (tile) => get(tilePath(tile))))) {
    throw untrusted(path, version, 'the record is not in the signed tree');
  }
  const line = record.split('\n').find((entry) => entry.startsWith(`${path} ${version} h1:`));
  return line?.split(' ')[2] ?? fail(path, version, 'the record has no hash of it');
}

/** The first proxy that passes this database on, else the database itself. https://go.dev/ref/mod#checksum-database */
async function baseUrl(database: ChecksumDatabase, proxies: readonly ProxyEntry[], open: OpenUrl): Promise<string> {
  for (const { url, nextOn } of proxies) {
    const mirror = `${url}/sumdb/${database.key.name}`;
    try {
      const body = await open(`${mirror}/supported`);
      if (body === undefined) continue;
      body.destroy();
      return mirror;
    } catch (error) {
      if (nextOn !== 'any') throw error;
    }
  }
  return database.url;
}

/** Number of the record, its text, and the signed note behind the empty line. */
function parseLookup(text: string): { number: number; record: string; note: string } | undefined {
  const numberEnd = text.indexOf('\n');
  const recordEnd = text.indexOf('\n\n');
  const number = text.slice(0, numberEnd);
  if (recordEnd < numberEnd || !/^\d{1,15}$/.test(number)) return undefined;
  return { number: Number(number), record: text.slice(numberEnd + 1, recordEnd + 1), note: text.slice(recordEnd + 2) };
}

function fail(path: string, version: string, why: string): never {
  throw untrusted(path, version, why);
}

function untrusted(path: string, version: string, why: string): TsbuildpackError {
  return new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot verify ${path}@${version}: ${why}`, {
    hint: 'Set GOSUMDB to the checksum database that your module proxy passes on; GOSUMDB=off gives up verification',
  });
}
