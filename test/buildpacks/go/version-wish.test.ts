import { describe, expect, test } from 'vitest';
import type { GoProject } from '../../../buildpacks/go/find-project.ts';
import { goVersionName, parseGoVersion } from '../../../buildpacks/go/go-version.ts';
import { readWish } from '../../../buildpacks/go/version-wish.ts';

const available = ['1.21.0', '1.21.13', '1.24.0', '1.24rc1', '1.24.9', '1.25.14', '1.26.0', '1.26.8', '1.27rc2'].map(
  (text) => parseGoVersion(text)!,
);

interface Asked {
  readonly minimums?: readonly string[];
  readonly version?: string;
  readonly GOTOOLCHAIN?: string;
}

function wishFor({ minimums = [], version, GOTOOLCHAIN }: Asked): ReturnType<typeof readWish> {
  const project = {
    minimums: minimums.map((text, index) => ({ version: text, where: `go.mod:${index + 3}` })),
  } as unknown as GoProject;
  const setting = GOTOOLCHAIN === undefined ? undefined : { value: GOTOOLCHAIN, where: 'GOTOOLCHAIN' };
  return readWish({ project, settings: { get: () => setting }, version });
}

describe('readWish()', () => {
  test.each<Asked & { chosen: string; reason: string | RegExp }>([
    { chosen: 'go1.26.8', reason: 'any version will do' },
    { minimums: ['1.24'], chosen: 'go1.24.9', reason: 'go.mod:3 asks for go1.24 or newer' },
    { minimums: ['1.24.1', 'go1.25.0'], chosen: 'go1.25.14', reason: 'go.mod:4 asks for go1.25.0 or newer' },
    { minimums: ['1.18', 'default'], chosen: 'go1.26.8', reason: 'go.mod:3 asks for go1.18 or newer' },
    { minimums: ['1.24.10'], chosen: 'go1.26.8', reason: /1\.24\.10/ },
    { minimums: ['1.27'], chosen: 'go1.27rc2', reason: /1\.27/ },
    {
      minimums: ['1.21'],
      version: '1.25.*',
      chosen: 'go1.25.14',
      reason: 'BP_GO_VERSION asks for 1.25.* and go.mod:3 for go1.21 or newer',
    },
    { version: '1.24', chosen: 'go1.24.9', reason: 'BP_GO_VERSION asks for 1.24' },
    { version: '>=1.24 <1.26', chosen: 'go1.25.14', reason: /BP_GO_VERSION/ },
    { version: 'go1.24.0', chosen: 'go1.24.0', reason: /go1\.24\.0/ },
    { GOTOOLCHAIN: 'local', minimums: ['1.24'], chosen: 'go1.24.9', reason: /^go\.mod:3/ },
    { GOTOOLCHAIN: 'auto', chosen: 'go1.26.8', reason: /any/ },
    { GOTOOLCHAIN: 'go1.25.14+auto', chosen: 'go1.25.14', reason: 'GOTOOLCHAIN asks for go1.25.14' },
    { GOTOOLCHAIN: 'go1.25.14', version: '1.26.x', chosen: 'go1.26.8', reason: /BP_GO_VERSION/ },
  ])('chooses $chosen for $minimums $version $GOTOOLCHAIN', ({ chosen, reason, ...asked }) => {
    const wish = wishFor(asked);
    const version = wish.choose(available)!;
    expect(goVersionName(version)).toBe(chosen);
    expect(wish.accepts(version)).toBe(true);
    expect(wish.reason).toMatch(reason);
  });

  test('accepts what is newer than the minimum and nothing outside of a range', () => {
    const accepts = (asked: Asked, version: string): boolean => wishFor(asked).accepts(parseGoVersion(version)!);
    expect(accepts({ minimums: ['1.24'] }, '1.26.8')).toBe(true);
    expect(accepts({ minimums: ['1.24'] }, '1.23.9')).toBe(false);
    expect(accepts({ version: '1.25.x' }, '1.26.8')).toBe(false);
    expect(accepts({ minimums: ['1.25.3'], version: '1.25.x' }, '1.25.2')).toBe(false);
  });

  test('knows an exact version without a list', () => {
    expect(wishFor({ version: '1.25.3' }).exact).toEqual(parseGoVersion('1.25.3'));
    expect(wishFor({ version: '1.25' }).exact).toBeUndefined();
  });

  test.each([
    { version: 'newest', message: /neither a Go version nor a range/ },
    {
      version: '1.20.1',
      message: /Cannot build with go1\.20\.1 of BP_GO_VERSION: go\.mod:3 asks for go1\.24 or newer/,
    },
  ])('refuses BP_GO_VERSION=$version', ({ version, message }) => {
    expect(() => wishFor({ minimums: ['1.24'], version })).toThrow(message);
  });
});
