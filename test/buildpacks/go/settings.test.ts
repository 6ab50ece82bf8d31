import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ldflagsText, readSettings, tagFlags } from '../../../buildpacks/go/settings.ts';
import { splitQuoted, splitShell } from '../../../buildpacks/go/shell-words.ts';
import { readUserGoSettings } from '../../../buildpacks/go/user-go-settings.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

describe('splitShell()', () => {
  test.each([
    { text: '', words: [] },
    { text: '  -v   -p=1 ', words: ['-v', '-p=1'] },
    { text: `-ldflags="-s -w" -tags 'a b'`, words: ['-ldflags=-s -w', '-tags', 'a b'] },
    { text: String.raw`-x="a\"b" c\ d ''`, words: ['-x=a"b', 'c d', ''] },
    { text: '-x="open', words: undefined },
    { text: "it's", words: undefined },
  ])('splits $text', ({ text, words }) => {
    expect(splitShell(text)).toEqual(words);
  });
});

describe('splitQuoted()', () => {
  test.each([
    { text: `-mod=mod '-ldflags=-s -w'`, words: ['-mod=mod', '-ldflags=-s -w'] },
    { text: `-x="y"`, words: ['-x="y"'] },
    { text: `'open`, words: undefined },
  ])('splits $text', ({ text, words }) => {
    expect(splitQuoted(text)).toEqual(words);
  });
});

describe('readSettings()', () => {
  test('reads every variable', () => {
    const settings = readSettings({
      BP_GO_VERSION: '1.25.*',
      BP_GO_TARGETS: './cmd/api:cmd/worker/, .',
      BP_GO_DEFAULT: 'worker',
      BP_GO_BUILD_FLAGS: '-gcflags="-N -l"',
      BP_GO_BUILD_LDFLAGS: '-s -w',
      BP_GO_BUILD_TAGS: 'netgo osusergo,x',
      BP_KEEP_FILES: 'static:!static/*.map',
      CGO_ENABLED: '0',
    });
    expect(settings).toEqual({
      version: '1.25.*',
      targets: ['./cmd/api', './cmd/worker', '.'],
      defaultTarget: 'worker',
      flags: ['-gcflags=-N -l'],
      ldflags: '-s -w',
      tags: 'netgo,osusergo,x',
      keepFiles: ['static', '!static/*.map'],
      cgo: '0',
    });
  });

  test('tells an empty BP_KEEP_FILES from none', () => {
    expect(readSettings({ BP_KEEP_FILES: '' }).keepFiles).toEqual([]);
    expect(readSettings({}).keepFiles).toBeUndefined();
  });

  test.each([
    { env: { BP_GO_BUILD_FLAGS: '-toolexec=./evil' }, message: /-toolexec" of BP_GO_BUILD_FLAGS/ },
    { env: { BP_GO_BUILD_FLAGS: '--toolexec ./evil' }, message: /-toolexec/ },
    { env: { BP_GO_BUILD_FLAGS: '-overlay o.json' }, message: /-overlay/ },
    { env: { BP_GO_BUILD_FLAGS: '-o /tmp/x' }, message: /"-o"/ },
    { env: { BP_GO_BUILD_FLAGS: '-x="' }, message: /quote/ },
    { env: { BP_GO_BUILD_FLAGS: '-ldflags=-s', BP_GO_BUILD_LDFLAGS: '-w' }, message: /-ldflags twice/ },
    { env: { BP_GO_TARGETS: '../other' }, message: /outside of the application/ },
    { env: { BP_GO_TARGETS: '/etc' }, message: /outside of the application/ },
    { env: { CGO_ENABLED: 'yes' }, message: /neither 0 nor 1/ },
  ])('refuses $env', ({ env, message }) => {
    expect(() => readSettings(env as Record<string, string>)).toThrow(message);
  });

  test.each([
    { env: { BP_GO_BUILD_TAGS: 'a b' }, flags: ['-tags', 'a,b'] },
    { env: { BP_GO_BUILD_FLAGS: '-v -tags=a' }, flags: ['-tags=a'] },
    { env: { BP_GO_BUILD_FLAGS: '-tags a -v' }, flags: ['-tags', 'a'] },
    { env: {}, flags: [] },
  ])('tagFlags() finds the tags of $env', ({ env, flags }) => {
    expect(tagFlags(readSettings(env as Record<string, string>))).toEqual(flags);
  });

  test('ldflagsText() finds them wherever they are', () => {
    expect(ldflagsText(readSettings({ BP_GO_BUILD_FLAGS: '-ldflags "-s -w"' }))).toBe('-s -w');
    expect(ldflagsText(readSettings({ BP_GO_BUILD_FLAGS: '-ldflags=-s' }))).toBe('-s');
    expect(ldflagsText(readSettings({ BP_GO_BUILD_LDFLAGS: '-w' }))).toBe('-w');
    expect(ldflagsText(readSettings({}))).toBe('');
  });
});

describe('readUserGoSettings()', () => {
  function home(text: string): string {
    const dir = temporaryDirectory('go-env');
    mkdirSync(join(dir, '.config', 'go'), { recursive: true });
    writeFileSync(join(dir, '.config', 'go', 'env'), text);
    return dir;
  }

  test('takes build variables before the environment before the env file', () => {
    const HOME = home('GOPROXY=https://file.example\nGOPRIVATE=file.example/*\r\n# GOSUMDB=off\nGONOSUMDB=file\n');
    const settings = readUserGoSettings({
      env: { GOPROXY: 'https://variable.example' },
      hostEnv: { HOME, GOPROXY: 'https://host.example', GONOSUMDB: 'host', GOINSECURE: '' },
    });
    expect(settings.get('GOPROXY')).toEqual({ value: 'https://variable.example', where: 'the build variable GOPROXY' });
    expect(settings.get('GONOSUMDB')).toEqual({ value: 'host', where: 'GONOSUMDB' });
    expect(settings.get('GOPRIVATE')).toEqual({
      value: 'file.example/*',
      where: `GOPRIVATE in ${join(HOME, '.config', 'go', 'env')}`,
    });
    expect(settings.get('GOSUMDB')).toBeUndefined();
    expect(settings.get('GOINSECURE')).toBeUndefined();
  });

  test('reads no file with GOENV=off, and another with GOENV=FILE', () => {
    const HOME = home('GOPROXY=https://file.example\n');
    const other = home('GOPROXY=https://other.example\n');
    const file = join(other, '.config', 'go', 'env');
    expect(readUserGoSettings({ env: {}, hostEnv: { HOME, GOENV: 'off' } }).get('GOPROXY')).toBeUndefined();
    expect(readUserGoSettings({ env: {}, hostEnv: { HOME, GOENV: file } }).get('GOPROXY')?.value).toBe(
      'https://other.example',
    );
    const config = join(other, '.config');
    expect(readUserGoSettings({ env: {}, hostEnv: { HOME, XDG_CONFIG_HOME: config } }).get('GOPROXY')?.value).toBe(
      'https://other.example',
    );
  });

  test.each(['-toolexec=/tmp/evil', '--toolexec=/tmp/evil', `'-exec=/tmp/e vil'`, '-mod=mod -overlay=x.json'])(
    'refuses GOFLAGS=%s wherever it is set',
    (GOFLAGS) => {
      const HOME = home(`GOFLAGS=${GOFLAGS}\n`);
      expect(() => readUserGoSettings({ env: {}, hostEnv: { HOME } })).toThrow(
        /GOFLAGS in .*\.config\/go\/env: it would run/,
      );
      expect(() => readUserGoSettings({ env: {}, hostEnv: { GOFLAGS } })).toThrow(/of GOFLAGS: it would run/);
      expect(() => readUserGoSettings({ env: { GOFLAGS }, hostEnv: {} })).toThrow(/of the build variable GOFLAGS/);
    },
  );
});
