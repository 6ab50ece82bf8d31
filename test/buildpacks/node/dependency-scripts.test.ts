import { expect, test } from 'vitest';
import { runDependencyScripts } from '../../../buildpacks/node/dependency-scripts.ts';

const path = 'node_modules/addon';
const addon = {
  name: 'addon',
  path,
  version: '1.0.0',
  resolved: undefined,
  dev: false,
  optional: false,
  hasInstallScript: true,
  link: false,
};

/** The error after an install script that wrote this. */
async function failureOf(stderr: string): Promise<unknown> {
  const npm = (): Promise<{ exitCode: number; stdout: string; stderr: string }> =>
    Promise.resolve({ exitCode: 1, stdout: '', stderr: `${stderr}\nnpm error path /x/${path}\n` });
  const scripts = runDependencyScripts({ log: () => {} }, npm, { dir: '/nowhere', installed: [addon], env: {} });
  return await scripts.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test.each([
  ['make: *** [addon.target.mk:122: addon.o] Error 1\ngyp ERR! build error', /may not fit this version of Node/],
  ['make: g++: No such file or directory\nmake: *** [addon.o] Error 127\ngyp ERR! build error', /needs python3, make/],
  ['gyp ERR! find Python', /needs python3, make/],
  ['it broke', /run without credentials/],
])('runDependencyScripts() advises after %j', async (stderr, hint) => {
  expect(await failureOf(stderr)).toMatchObject({
    code: 'BUILD_FAILED',
    message: 'Cannot install addon: its install script failed',
    hint: expect.stringMatching(hint),
  });
});

test('runDependencyScripts() shows what the compiler did not take, not the words of those who called it', async () => {
  const wrong = "a.cpp:1:2: error: 'x' was not declared";
  const stderr = `a.cpp:1: warning: old\n${wrong}\nmake: *** [addon.o] Error 1\ngyp ERR! stack at ChildProcess`;
  expect(await failureOf(stderr)).toMatchObject({ detail: wrong });
});
