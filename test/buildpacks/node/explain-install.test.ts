import { expect, test } from 'vitest';
import { explainInstall } from '../../../buildpacks/node/explain-install.ts';

const lockfile = 'package-lock.json';

test.each([
  ['npm error code E401\nnpm error Unable to authenticate', 'BUILD_FAILED', 'the registry does not let us in'],
  ['npm ERR! code E404\nnpm ERR! 404 Not Found', 'BUILD_FAILED', 'the registry does not have a package'],
  ['npm error code ECONNREFUSED', 'NETWORK_UNAVAILABLE', 'the registry cannot be reached'],
  ['npm error code E503', 'NETWORK_UNAVAILABLE', 'the registry cannot be reached'],
  ['npm error code EINTEGRITY', 'BUILD_FAILED', 'a package is not what the lockfile says'],
  ['npm error code ERESOLVE', 'BUILD_FAILED', 'peer dependencies contradict each other'],
  [
    'npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync',
    'BUILD_FAILED',
    'package.json and package-lock.json are out of step',
  ],
  [
    'npm error code EUSAGE\nnpm error The `npm ci` command can only install with an existing package-lock.json or',
    'BUILD_FAILED',
    'npm cannot read package-lock.json',
  ],
  ['npm error code EWHATEVER', 'BUILD_FAILED', 'npm ended with EWHATEVER'],
  ['Segmentation fault', 'BUILD_FAILED', 'npm ended with an error'],
])('explainInstall() says of %j', (...[stderr, code, why]) => {
  expect(explainInstall(stderr, { lockfile })).toMatchObject({ code, why });
});

test('explainInstall() shows what npm says, without its log file', () => {
  const stderr =
    'npm error code E404\nnpm error 404 no such thing\nnpm error A complete log of this run can be found in: /x/_logs/y\n';
  expect(explainInstall(stderr, { lockfile }).detail).toBe('code E404\n404 no such thing');
});

test('explainInstall() shows no help of npm, and what a crash wrote', () => {
  const stderr =
    'npm error code EUSAGE\nnpm error\nnpm error Missing: ms@2.1.3 from lock file\nnpm error\nnpm error Clean install a project\nnpm error\nnpm error Usage:\nnpm error npm ci\n';
  expect(explainInstall(stderr, { lockfile }).detail).toBe('code EUSAGE\nMissing: ms@2.1.3 from lock file');
  expect(explainInstall('FATAL ERROR: heap out of memory\n', { lockfile }).detail).toBe(
    'FATAL ERROR: heap out of memory',
  );
});
