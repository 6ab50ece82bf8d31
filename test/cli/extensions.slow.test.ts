import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Image } from '../../src/image/image.ts';
import { layoutSink, layoutSource } from '../../src/image/layout-place.ts';
import { registrySink } from '../../src/image/registry-place.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { startRealRegistry } from '../registry/real-registry.ts';
import { CliRig, type CliResult } from './cli-rig.ts';
import { machine, plainBase, writeExtensionBuilder, type ExtensionBuilder } from './extension-builder.ts';

let rig: CliRig;
const report = (): undefined => undefined;

beforeAll(async () => {
  rig = new CliRig();
  rig.folder('app', { 'name.txt': 'world' });
  await layoutSink({ directory: join(rig.dir, 'run') }).write(plainBase('run'), { report });
});

afterAll(() => rig.remove());

let made = 0;

async function build(
  builder: ExtensionBuilder,
  ...flags: readonly string[]
): Promise<CliResult & { readonly out: string }> {
  made += 1;
  const [name, out] = [`builder-${made}`, `out-${made}`];
  await writeExtensionBuilder(join(rig.dir, name), builder);
  const result = await rig.run(['build', 'app', '--builder', `oci:${name}`, '-o', `oci:${out}`, ...flags]);
  return { ...result, out };
}

function read(layout: string): Promise<Image> {
  return layoutSource({ directory: join(rig.dir, layout) }).resolve(machine);
}

/** Under a name in a registry of its own, which stops with the test. */
async function push(image: Image): Promise<string> {
  const { host } = await startRealRegistry('plain');
  const reference = parseReference(`${host}/team/other:1`);
  await registrySink({ reference, client: createRegistryClient({ env: {} }) }).write(image, { report });
  return `${host}/team/other:1`;
}

const switching = (name: string): string => `echo 'FROM ${name}' >"$1/run.Dockerfile"`;
const changing = `printf 'ARG base_image\\nFROM \${base_image}\\nRUN apt-get install curl\\n' >"$1/build.Dockerfile"`;

describe('build with a builder that has image extensions', () => {
  test('stands on the run image that the last of them chooses, pinned and in the label [EXT-11] [EXT-23]', async () => {
    const other = plainBase('other');
    const name = await push(other);
    const changed = 'printf \'ARG base_image\\nFROM ${base_image}\\nUSER 1\\n\' >"$1/run.Dockerfile"';
    const extensions = { 'acme/before': changed, 'acme/switch': switching(name) };
    const result = await build({ extensions, build: 'id >"$PWD/made"' }, '--report', 'report.json');
    expect(result.exitCode, result.stderr).toBe(0);
    const image = await read(result.out);
    expect(image.layers[0]?.diffId).toBe(other.layers[0]?.diffId);
    expect(image.config.config?.Env).toContain('BASE=other');
    const labels = image.config.config?.Labels ?? {};
    expect(JSON.parse(labels['io.buildpacks.build.metadata'] ?? '')).toMatchObject({
      extensions: [{ id: 'acme/before' }, { id: 'acme/switch' }],
    });
    expect(JSON.parse(labels['io.buildpacks.lifecycle.metadata'] ?? '')).toMatchObject({
      runImage: { image: name, reference: expect.stringContaining(`@${other.digest}`) },
    });
    const resolved = readFileSync(join(rig.dir, 'report.json'), 'utf8');
    expect(JSON.parse(resolved)).toMatchObject({
      inputs: expect.arrayContaining([
        { name: 'extension-run-image', value: expect.stringContaining(other.digest), reason: expect.anything() },
      ]),
    });

    const builder = `oci:builder-${made}`;
    const lock = await rig.run(['lock', 'app', '--builder', builder]);
    expect(lock.exitCode, lock.stderr).toBe(0);
    // The name moves on; what was resolved stays.
    const moved = registrySink({ reference: parseReference(name), client: createRegistryClient({ env: {} }) });
    await moved.write(plainBase('newer'), { report });
    const again = ['build', 'app', '--builder', builder, '-o', 'oci:out-again'];
    const locked = await rig.run(again);
    rmSync(join(rig.dir, 'app', 'tsbuildpack.lock'));
    expect(locked.exitCode, locked.stderr).toBe(0);
    expect((await read('out-again')).config.config?.Env).toContain('BASE=other');
    const pinned = await rig.run([...again, '--resolved', 'report.json']);
    expect(pinned.exitCode, pinned.stderr).toBe(0);
    expect((await read('out-again')).config.config?.Env).toContain('BASE=other');
  });

  test('ends before anything is built where a Dockerfile would change an image, and goes without on demand', async () => {
    const parts = { extensions: { 'acme/curl': changing }, build: 'echo built >>"$PWD/made"; echo "it is built"' };
    const refused = await build(parts);
    expect(refused.exitCode).toBe(92);
    expect(refused.stderr).toContain('extension "acme/curl@1.0.0": its build.Dockerfile changes the build image');
    expect(refused.stderr).toContain('line 3: RUN apt-get install curl');
    expect(refused.stderr + refused.stdout).not.toContain('it is built');
    const without = await build(parts, '--no-extensions');
    expect(without.exitCode, without.stderr).toBe(0);
    expect((await read(without.out)).config.config?.Env).toContain('BASE=run');
  });

  test('leaves everything as it is where nothing is generated, and shows them in detect and inspect', async () => {
    const result = await build({ extensions: { 'acme/nothing': 'echo "looked around"' } });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stderr + result.stdout).toContain('looked around');
    expect((await read(result.out)).config.config?.Env).toContain('BASE=run');
    const detected = await rig.run(['detect', 'app', '--builder', `oci:builder-${made}`]);
    expect(detected.stdout).toContain('Group:\n  acme/app@1.0.0\nImage extensions:\n  acme/nothing@1.0.0');
    const inspected = await rig.run(['builder', 'inspect', `oci:builder-${made}`]);
    expect(inspected.stdout).toMatch(/Order of image extensions.*\n +1 +acme\/nothing@1\.0\.0/);
  });

  test('refuses a run image of another distribution than the builder’s [TGT-16]', async () => {
    const distro = (name: string): Record<string, string> => ({ 'io.buildpacks.base.distro.name': name });
    const name = await push(plainBase('other', distro('theirs')));
    const result = await build({ extensions: { 'acme/switch': switching(name) }, labels: distro('ours') });
    expect(result.exitCode).toBe(32);
    expect(result.stderr).toContain('they differ in distribution');
  });

  test('asks only registries for what a foreign extension names', async () => {
    writeFileSync(join(rig.dir, 'private'), 'private');
    const result = await build({ extensions: { 'acme/switch': switching(`oci:${join(rig.dir, 'run')}`) } });
    expect(result.exitCode).toBe(92);
    expect(result.stderr).toContain('it is no name of an image');
  });

  test.each([
    ['fails', 'echo broken; exit 3', 91, 'it ended with status 3'],
    ['writes a pipe', 'mkfifo "$1/run.Dockerfile"', 92, 'Cannot use the output of acme/x@1.0.0'],
    ['writes a link to a file of this machine', 'ln -s /etc/hostname "$1/run.Dockerfile"', 92, 'Cannot use the output'],
    ['writes no Dockerfile', 'echo INSTALL x >"$1/run.Dockerfile"', 92, '"INSTALL" is no instruction'],
  ])('ends with the specification’s status where one %s [EXT-08]', async (...[, script, status, problem]) => {
    const result = await build({ extensions: { 'acme/x': script } });
    expect({ exitCode: result.exitCode, stderr: result.stderr }).toEqual({
      exitCode: status,
      stderr: expect.stringContaining(problem),
    });
    expect(readdirSync(rig.dir)).not.toContain(result.out);
  });
});
