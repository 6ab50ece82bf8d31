import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { ChecksumDatabase } from '../../../buildpacks/go/checksum-database.ts';
import { lookUpHash, parseGosumdb } from '../../../buildpacks/go/checksum-database.ts';
import type { OpenUrl, ProxyEntry } from '../../../buildpacks/go/module-proxy.ts';
import { parseNoteKey } from '../../../buildpacks/go/signed-note.ts';
import { tilePath } from '../../../buildpacks/go/transparency-log.ts';
import type { ChecksumLog } from './checksum-log.ts';
import { checksumLog } from './checksum-log.ts';

const proxies: readonly ProxyEntry[] = [{ url: 'https://proxy.example/go', nextOn: 'missing' }];

function logOf(size: number): ChecksumLog {
  const records = Array.from(
    { length: size },
    (_, n) => `example.com/m${n} v1.0.0 h1:hash${n}=\nexample.com/m${n} v1.0.0/go.mod h1:mod${n}=\n`,
  );
  const modules = new Map(records.map((_, n) => [`example.com/m${n}@v1.0.0`, n]));
  return checksumLog(records, { modules });
}

function databaseOf(log: ChecksumLog): ChecksumDatabase {
  return parseGosumdb(`${log.verifierKey} https://sum.elsewhere.example`)!;
}

type Change = (path: string, body: Buffer | undefined) => Buffer | undefined;

function opener(log: ChecksumLog, change: Change = (_path, body) => body): OpenUrl {
  const base = 'https://proxy.example/go/sumdb/sum.example/';
  return (url) => {
    const path = url.startsWith(base) ? url.slice(base.length) : '';
    const body = change(path, path === '' ? undefined : log.answer(path));
    return Promise.resolve(body === undefined ? undefined : Readable.from([body]));
  };
}

function lookUp(log: ChecksumLog, number: number, change?: Change): Promise<string> {
  return lookUpHash({ path: `example.com/m${number}`, version: 'v1.0.0' }, databaseOf(log), {
    proxies,
    open: opener(log, change),
  });
}

describe('lookUpHash()', () => {
  test.each([1, 2, 3, 5, 7, 8, 255, 256, 257, 300, 513, 700])(
    'proves every kind of place in a tree of %i records',
    async (size) => {
      const log = logOf(size);
      const numbers = new Set(
        [0, 1, Math.floor(size / 2), size - 2, size - 1].filter((number) => number >= 0 && number < size),
      );
      for (const number of numbers) expect(await lookUp(log, number)).toBe(`h1:hash${number}=`);
    },
  );

  test('asks the database itself when no proxy passes it on', async () => {
    const log = logOf(3);
    const asked: string[] = [];
    const open: OpenUrl = (url) => {
      asked.push(url);
      const body = url.startsWith('https://sum.elsewhere.example/') ? log.answer(url.slice(30)) : undefined;
      return Promise.resolve(body === undefined ? undefined : Readable.from([body]));
    };
    const where = { proxies, open };
    expect(await lookUpHash({ path: 'example.com/m1', version: 'v1.0.0' }, databaseOf(log), where)).toBe('h1:hash1=');
    expect(asked[0]).toBe('https://proxy.example/go/sumdb/sum.example/supported');
  });

  test.each<{ name: string; change: Change; message: RegExp }>([
    {
      name: 'a record that was changed',
      change: (path, body) =>
        path.startsWith('lookup/') ? Buffer.from(body!.toString().replace('h1:hash5', 'h1:evil5')) : body,
      message: /the record is not in the signed tree/,
    },
    {
      name: 'the number of another record',
      change: (path, body) =>
        path.startsWith('lookup/') ? Buffer.from(body!.toString().replace(/^5\n/, '6\n')) : body,
      message: /the record is not in the signed tree/,
    },
    {
      name: 'a number outside of the tree',
      change: (path, body) =>
        path.startsWith('lookup/') ? Buffer.from(body!.toString().replace(/^5\n/, '900\n')) : body,
      message: /the record is not in the signed tree/,
    },
    {
      name: 'another size of the tree',
      change: (path, body) =>
        path.startsWith('lookup/') ? Buffer.from(body!.toString().replace('\n300\n', '\n301\n')) : body,
      message: /is not signed by sum\.example/,
    },
    {
      name: 'a signature of somebody else',
      change: (path, body) => (path.startsWith('lookup/') ? logOf(300).answer(path) : body),
      message: /is not signed by sum\.example/,
    },
    {
      name: 'a tile that was changed',
      change: (path, body) => {
        if (path.startsWith('tile/')) body![0]! ^= 1;
        return body;
      },
      message: /the record is not in the signed tree/,
    },
    {
      name: 'a tile that is too short',
      change: (path, body) => (path.startsWith('tile/') ? body!.subarray(0, 64) : body),
      message: /not in the signed tree/,
    },
    {
      name: 'a missing tile',
      change: (path, body) => (path.startsWith('tile/') ? undefined : body),
      message: /does not know it/,
    },
    {
      name: 'an empty answer',
      change: (path, body) => (path.startsWith('lookup/') ? Buffer.alloc(0) : body),
      message: /has no record/,
    },
    {
      name: 'an unknown module',
      change: (path, body) => (path.startsWith('lookup/') ? undefined : body),
      message: /does not know it/,
    },
    {
      name: 'the record of another module',
      change: (path, body) => (path.startsWith('lookup/') ? logFor300.answer('lookup/example.com/m6@v1.0.0') : body),
      message: /the record has no hash of it/,
    },
  ])('refuses $name', async ({ change, message }) => {
    await expect(lookUp(logFor300, 5, change)).rejects.toThrow(message);
  });
});

const logFor300 = logOf(300);

describe('tilePath()', () => {
  test.each([
    { level: 0, index: 0, width: 256, path: 'tile/8/0/000' },
    { level: 1, index: 999, width: 17, path: 'tile/8/1/999.p/17' },
    { level: 0, index: 1234067, width: 256, path: 'tile/8/0/x001/x234/067' },
  ])('writes $path', ({ path, ...tile }) => {
    expect(tilePath(tile)).toBe(path);
  });
});

describe('parseGosumdb()', () => {
  test('knows the database of the go command, and off', () => {
    expect(parseGosumdb(undefined)?.url).toBe('https://sum.golang.org');
    expect(parseGosumdb('sum.golang.org')?.key.hash.toString('hex')).toBe('033de0ae');
    expect(parseGosumdb('off')).toBeUndefined();
  });

  test.each(['sum.other.example', 'x+00000000+AAAA', 'x+zz+!', '+'])('refuses %s', (value) => {
    expect(() => parseGosumdb(value)).toThrow(/it names no key/);
  });

  test('parseNoteKey() refuses a key whose hash is another one’s', () => {
    expect(parseNoteKey('sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8')).toBeUndefined();
  });
});
