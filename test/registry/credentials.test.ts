import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { basicValue, environmentCredentials, heldCredentials } from '../../src/registry/credentials.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const secret = 'Correct-Horse-7';
const basic = basicValue({ username: 'ann', password: secret });
const credential = { kind: 'basic', username: 'ann', password: secret };

async function dockerConfig(content: unknown): Promise<{ readonly DOCKER_CONFIG: string }> {
  const folder = temporaryDirectory('tsb-credentials');
  await writeFile(join(folder, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content));
  return { DOCKER_CONFIG: folder };
}

describe('CNB_REGISTRY_AUTH (RUN-07)', () => {
  test.each([
    { header: `Basic ${basic}`, found: credential },
    { header: 'Bearer abc.def', found: { kind: 'bearer', token: 'abc.def' } },
    { header: 'X-Identity refresh', found: { kind: 'identity-token', token: 'refresh' } },
  ])('reads $header', async ({ header, found }) => {
    const find = environmentCredentials({ CNB_REGISTRY_AUTH: JSON.stringify({ 'registry.example:5000': header }) });
    expect(await find('registry.example:5000')).toMatchObject({
      found: true,
      credential: found,
      where: 'CNB_REGISTRY_AUTH',
    });
  });

  test.each(['docker.io', 'index.docker.io', 'https://index.docker.io/v1/', 'registry-1.docker.io'])(
    'knows Docker Hub as %s',
    async (key) => {
      const find = environmentCredentials({ CNB_REGISTRY_AUTH: JSON.stringify({ [key]: `Basic ${basic}` }) });
      expect(await find('docker.io')).toMatchObject({ found: true, credential });
    },
  );

  test.each([
    { text: `{"a": "Basic ${secret}`, why: 'no JSON' },
    { text: `["${secret}"]`, why: 'no object' },
    { text: `{"registry.example": "${secret}"}`, why: 'no header' },
    { text: `{"registry.example": "Basic ${secret}!!"}`, why: 'no base64' },
    { text: `{"registry.example": {"password":"${secret}"}}`, why: 'no text' },
  ])('is an error without the secret when it is $why', async ({ text }) => {
    const find = environmentCredentials({ CNB_REGISTRY_AUTH: text });
    const error = await find('registry.example').then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(`${error?.message}${error?.stack}${JSON.stringify(error)}`).not.toContain(secret);
  });
});

describe("Docker's config.json", () => {
  test.each([
    { entry: { auth: basic }, found: credential },
    { entry: { username: 'ann', password: secret }, found: credential },
    {
      entry: { auth: Buffer.from('<token>:').toString('base64'), identitytoken: 'refresh' },
      found: { kind: 'identity-token', token: 'refresh' },
    },
    { entry: { registrytoken: 'abc' }, found: { kind: 'bearer', token: 'abc' } },
  ])('reads $entry', async ({ entry, found }) => {
    const find = environmentCredentials(await dockerConfig({ auths: { 'https://registry.example/v1/': entry } }));
    expect(await find('registry.example')).toMatchObject({ found: true, credential: found });
  });

  test.each([
    { key: 'registry.example', registry: 'registry.example', found: true },
    { key: 'Registry.Example', registry: 'registry.example', found: true },
    { key: 'https://registry.example/v2/', registry: 'registry.example', found: true },
    { key: 'registry.example', registry: 'registry.example:5000', found: false },
    { key: 'registry.example:5000', registry: 'registry.example', found: false },
    { key: 'example', registry: 'registry.example', found: false },
    { key: 'registry.example', registry: 'evil-registry.example', found: false },
    { key: 'registry.example', registry: 'registry.example.evil', found: false },
    { key: 'registry.example/team', registry: 'registry.example', found: false },
  ])('matches whole: $key for $registry is $found', async ({ key, registry, found }) => {
    const find = environmentCredentials(await dockerConfig({ auths: { [key]: { auth: basic } } }));
    expect(await find(registry)).toMatchObject({ found });
  });

  // @cnb RUN-08
  test('comes after CNB_REGISTRY_AUTH, registry by registry', async () => {
    const env = await dockerConfig({ auths: { one: { auth: basic }, two: { auth: basic } } });
    const find = environmentCredentials({ ...env, CNB_REGISTRY_AUTH: '{"one":"Bearer x"}' });
    expect(await find('one')).toMatchObject({ credential: { kind: 'bearer' } });
    expect(await find('two')).toMatchObject({ credential });
  });

  test.each([
    { config: { credsStore: 'desktop', auths: { 'registry.example': {} } }, helper: 'desktop' },
    { config: { credHelpers: { 'registry.example': 'ecr-login' } }, helper: 'ecr-login' },
    { config: { credHelpers: { 'other.example': 'ecr-login' } }, helper: undefined },
  ])('names the helper that keeps them: $helper', async ({ config, helper }) => {
    const find = environmentCredentials(await dockerConfig(config));
    expect(await find('registry.example')).toMatchObject({ found: false, ...(helper === undefined ? {} : { helper }) });
  });

  test('that is missing is none, and one that is broken is an error without its content', async () => {
    expect(await environmentCredentials({ HOME: '/nonexistent' })('x')).toMatchObject({ found: false });
    const find = environmentCredentials(await dockerConfig(`{"auths": ${secret}`));
    const error = await find('x').then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(`${error?.message}${error?.stack}`).not.toContain(secret);
  });

  test('with one broken entry still serves the others', async () => {
    const env = await dockerConfig({ auths: { bad: { auth: '%%%' }, good: { auth: basic } } });
    expect(await environmentCredentials(env)('good')).toMatchObject({ found: true });
    await expect(environmentCredentials(env)('bad')).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
  });
});

describe('heldCredentials()', () => {
  test('has read the file when it comes back, and asks for it no more', async () => {
    const env = await dockerConfig({ auths: { 'registry.example': { auth: basic } } });
    const find = await heldCredentials(env);
    await rm(env.DOCKER_CONFIG, { recursive: true });
    expect(await find('registry.example')).toMatchObject({ found: true, credential });
  });

  test('leaves what is wrong with the file to who asks', async () => {
    const find = await heldCredentials(await dockerConfig('{'));
    await expect(find('registry.example')).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
  });
});
