import { expect, test } from 'vitest';
import { authorizationFor } from '../../../buildpacks/node/registry-credentials.ts';

const credentials = [
  { key: '//npm.example/:_authToken', value: 'all' },
  { key: '//npm.example/team/:_authToken', value: 'team' },
  { key: '//other.example:8443/:_auth', value: 'dXNlcjpwdw==' },
  { key: '//third.example/:username', value: 'ann' },
  { key: '//third.example/:_password', value: Buffer.from('geheim').toString('base64') },
];

test.each([
  ['https://npm.example/pkg', 'Bearer all'],
  ['https://npm.example/team/pkg/-/pkg-1.0.0.tgz', 'Bearer team'],
  ['https://npm.example/teams/pkg', 'Bearer all'],
  ['https://other.example:8443/x', 'Basic dXNlcjpwdw=='],
  ['https://third.example/x', `Basic ${Buffer.from('ann:geheim').toString('base64')}`],
])('authorizationFor() finds the nearest setting for %s', (url, expected) => {
  expect(authorizationFor(new URL(url), { credentials })).toBe(expected);
});

test.each([
  'https://npm.example.evil/pkg',
  'https://evil/npm.example/',
  'https://other.example/x',
  'https://npm.example:444/x',
])('authorizationFor() sends nothing to %s', (url) => {
  expect(authorizationFor(new URL(url), { credentials })).toBeUndefined();
});
