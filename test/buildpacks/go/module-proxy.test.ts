import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { escapeModulePath, openFromProxies, parseGoproxy } from '../../../buildpacks/go/module-proxy.ts';
import { parseNetrc } from '../../../buildpacks/go/netrc.ts';

describe('parseGoproxy()', () => {
  test.each([
    { value: '', entries: [] },
    { value: 'off', entries: [] },
    { value: 'https://a.example/', entries: [['https://a.example', 'missing']] },
    {
      value: 'https://a.example|http://b.example/go,direct,https://c.example',
      entries: [
        ['https://a.example', 'any'],
        ['http://b.example/go', 'missing'],
      ],
    },
    { value: ' file:///srv/go , off ', entries: [['file:///srv/go', 'missing']] },
  ])('reads "$value"', ({ value, entries }) => {
    expect(parseGoproxy(value).map(({ url, nextOn }) => [url, nextOn])).toEqual(entries);
  });
});

describe('openFromProxies()', () => {
  const answers: Readonly<Record<string, Error | string | undefined>> = {
    'https://has/x': 'body',
    'https://fails/x': new Error('broken'),
  };
  const open = (url: string): Promise<Readable | undefined> => {
    const answer = answers[url];
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(answer === undefined ? undefined : Readable.from([answer]));
  };

  test.each([
    { goproxy: 'https://no,https://has', from: 'https://has' },
    { goproxy: 'https://fails|https://has', from: 'https://has' },
    { goproxy: 'https://no,https://no2', from: undefined },
  ])('asks $goproxy in turn', async ({ goproxy, from }) => {
    expect((await openFromProxies(parseGoproxy(goproxy), 'x', open))?.proxy.url).toBe(from);
  });

  test.each(['https://fails,https://has', 'https://fails|https://no'])('reports the failure of %s', async (goproxy) => {
    await expect(openFromProxies(parseGoproxy(goproxy), 'x', open)).rejects.toThrow('broken');
  });
});

test('escapeModulePath() marks upper case letters', () => {
  expect(escapeModulePath('github.com/BurntSushi/toml')).toBe('github.com/!burnt!sushi/toml');
});

test('parseNetrc() reads machines, the default and skips macros and comments', () => {
  const text = `machine a.example login me password s3cret
macdef init
machine evil.example login x

# machine b.example login no
machine
  b.example
  login you account z password p
default login anonymous password -`;
  expect(parseNetrc(text)).toEqual([
    { machine: 'a.example', login: 'me', password: 's3cret' },
    { machine: 'b.example', login: 'you', password: 'p' },
    { machine: undefined, login: 'anonymous', password: '-' },
  ]);
});
