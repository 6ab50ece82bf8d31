import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { DebianPackage } from '../../src/debian/debian-package.ts';
import { downloadPackages } from '../../src/debian/download-packages.ts';
import type { Event } from '../../src/events.ts';
import { quiet, temporaryStore } from './archive-fixture.ts';

const content = Buffer.alloc(1000, 'x');

function packageOf(name: string, bytes: Buffer = content): DebianPackage {
  return {
    name,
    version: '1.0',
    architecture: 'all',
    priority: 'optional',
    isEssential: false,
    multiArch: 'no',
    preDepends: [],
    depends: [],
    conflicts: [],
    breaks: [],
    replaces: [],
    provides: [],
    urls: [`https://one.example/${name}`, `https://two.example/${name}`],
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.length,
    suite: 'trixie',
  };
}

describe('downloadPackages()', () => {
  test('says how far it is, and that it is done once', async () => {
    const { blobs } = await temporaryStore();
    const events: Event[] = [];
    async function* slowly(): AsyncGenerator<Buffer> {
      for (let at = 0; at < 4; at += 1) {
        await sleep(120);
        yield content.subarray(at * 250, (at + 1) * 250);
      }
    }
    const files = await downloadPackages([packageOf('a')], {
      open: async () => Readable.from(slowly()),
      cache: blobs,
      report: (event) => events.push(event),
    });
    expect([...files.values()].map((file) => readFileSync(file).equals(content))).toEqual([true]);
    const progress = events.filter((event) => event.type === 'progress');
    expect(progress.length).toBe(events.length);
    expect(progress.map(({ done }) => done)).toEqual([...progress.slice(1).map(() => false), true]);
    expect(progress.at(-1)).toMatchObject({ label: 'Downloading a package', bytes: 1000, totalBytes: 1000 });
  });

  test('asks the next address where a file is missing, is another, or too long; and none for what is there', async () => {
    const { blobs } = await temporaryStore();
    const asked: string[] = [];
    const answers: Readonly<Record<string, Buffer | undefined>> = {
      'https://one.example/b': Buffer.from('other'),
      'https://one.example/c': Buffer.alloc(5000),
      'https://two.example/d': Buffer.from('other'),
    };
    const open = async (address: string): Promise<Readable | undefined> => {
      asked.push(address);
      const isSecond = address.includes('two.example');
      const bytes = answers[address] ?? (isSecond ? contents.get(address.slice(-1)) : undefined);
      return bytes && Readable.from([bytes]);
    };
    const contents = new Map(['a', 'b', 'c', 'd'].map((name) => [name, Buffer.alloc(1000, name)]));
    const packages = ['a', 'b', 'c'].map((name) => packageOf(name, contents.get(name)));
    const options = { open, cache: blobs, report: quiet, retryAfterMs: [] };
    expect((await downloadPackages(packages, options)).size).toBe(3);
    expect(asked).toHaveLength(6);
    await downloadPackages(packages, options);
    expect(asked).toHaveLength(6);
    await expect(downloadPackages([packageOf('d', contents.get('d'))], options)).rejects.toMatchObject({
      code: 'MIRROR_OUT_OF_SYNC',
      message: 'Cannot get package d 1.0: the mirror does not have what its index says',
      detail: 'https://one.example/d: it is not there\nhttps://two.example/d: its SHA-256 sum is another',
    });
  });

  test('fetches eight at a time, and stops when it is told to', async () => {
    const { blobs } = await temporaryStore();
    const stop = new AbortController();
    let underWay = 0;
    let most = 0;
    const open = async (address: string): Promise<Readable> => {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(20);
      underWay -= 1;
      if (most === 8) stop.abort(new Error('enough'));
      return Readable.from([Buffer.from(address.replace(/.*p/, ''))]);
    };
    const packages = Array.from({ length: 40 }, (_, at) => packageOf(`p${at}`, Buffer.from(String(at))));
    const options = { open, cache: blobs, report: quiet, signal: stop.signal, retryAfterMs: [] };
    await expect(downloadPackages(packages, options)).rejects.toThrow('enough');
    expect(most).toBe(8);
  });
});
