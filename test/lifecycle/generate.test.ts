import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Buildpack } from '../../src/buildpack/buildpack.ts';
import { loadExtension } from '../../src/buildpack/load-extension.ts';
import { generate, type Generated, type GeneratePhaseRequest } from '../../src/lifecycle/generate.ts';
import { openPhases } from './phase-fixture.ts';

const phases = await openPhases();
const { environment, events } = phases;
const report = (event: (typeof events)[number]): number => events.push(event);
let made = 0;

interface Extension {
  readonly id: string;
  /** Body of bin/generate. */
  readonly generate?: string;
  readonly about?: string;
  readonly files?: Readonly<Record<string, string>>;
}

function extension({ id, generate: script, about = '', files = {} }: Extension): Buildpack {
  made += 1;
  const root = join(phases.root, 'extensions', `${made}`, id.replaceAll('/', '_'), '1.0.0');
  const all = {
    'extension.toml': `api = "0.12"\n[extension]\nid = "${id}"\nversion = "1.0.0"\n${about}\n`,
    ...(script !== undefined && { 'bin/generate': `#!/bin/sh\nset -e\n${script}\n` }),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  if (script !== undefined) chmodSync(join(root, 'bin/generate'), 0o755);
  return loadExtension(root, { report, fetchedInto: root });
}

async function run(
  extensions: readonly Buildpack[],
  options: Partial<GeneratePhaseRequest> = {},
): Promise<Generated & { readonly output: string }> {
  made += 1;
  const name = `generated-${made}`;
  const { tmp } = environment.paths;
  const output = { host: join(tmp.host, name), inside: `${tmp.inside}/${name}`, image: `${tmp.image}/${name}` };
  mkdirSync(output.host);
  const target = { os: 'linux', arch: 'amd64' };
  const generated = await generate(
    { extensions, plan: { entries: [] }, env: {}, target, appPath: '.', output, ...options },
    { environment, hostEnv: {}, report },
  );
  return { ...generated, output: output.host };
}

const switching = (image: string): string => `echo 'FROM ${image}' >"$1/run.Dockerfile"`;
const changing = `printf 'ARG base_image\\nFROM \${base_image}\\nRUN a\\n' >"$1/run.Dockerfile"`;

describe('generate()', () => {
  test('gives a program its directories, its plan and its environment [EXT-06] [BLD-10]', async () => {
    const entry = (name: string, provider: { readonly id: string; readonly extension?: true }): object => ({
      providers: [{ version: '1.0.0', ...provider }],
      requires: [{ name, metadata: { v: 'x' } }],
    });
    const plan = {
      entries: [
        entry('own', { id: 'a/one', extension: true }),
        entry('of-buildpack', { id: 'a/one' }),
        entry('later', { id: 'a/two', extension: true }),
      ],
    } as GeneratePhaseRequest['plan'];
    const notes = 'env >"$1/env"; pwd >"$1/pwd"; cp "$3" "$1/plan"; [ "$2" = "$CNB_PLATFORM_DIR" ]';
    const { output, plan: left } = await run([extension({ id: 'a/one', generate: notes })], {
      plan,
      env: { USER_SAYS: 'yes' },
    });
    const read = (name: string): string => readFileSync(join(output, 'a_one', name), 'utf8');
    const env = read('env').split('\n');
    expect(env).toEqual(expect.arrayContaining(['USER_SAYS=yes', 'CNB_TARGET_OS=linux', 'CNB_TARGET_ARCH=amd64']));
    expect(env.find((line) => line.startsWith('CNB_EXTENSION_DIR='))).toMatch(/~extensions\/a_one\/1\.0\.0$/);
    expect(env.some((line) => line.startsWith('CNB_EXEC_ENV=') || line.startsWith('CNB_BUILDPACK_DIR='))).toBe(false);
    expect(read('pwd').trim()).toBe(environment.paths.app.inside);
    expect(read('plan')).toContain('own');
    expect(read('plan')).not.toMatch(/of-buildpack|later/);
    expect(left.entries.map(({ requires }) => requires[0]?.name)).toEqual(['of-buildpack', 'later']);
  });

  test('runs them in order and ends at the first that fails [EXT-08]', async () => {
    const after = join(environment.paths.tmp.host, 'after');
    const failing = run([
      extension({ id: 'a/fails', generate: 'echo why; exit 7' }),
      extension({ id: 'a/after', generate: `touch ${after}` }),
    ]);
    await expect(failing).rejects.toMatchObject({
      code: 'EXTENSION_FAILED',
      exitCode: 91,
      message: 'Cannot generate with extension "a/fails@1.0.0": it ended with status 7',
      detail: 'why',
    });
    expect(existsSync(after)).toBe(false);
  });

  test.each([
    { about: 'nothing', scripts: [':'], runImage: undefined, extendsRun: false, ignored: [] },
    { about: 'one switch', scripts: [switching('x')], runImage: 'x', extendsRun: false, ignored: [false] },
    {
      about: 'the last',
      scripts: [switching('x'), switching('y')],
      runImage: 'y',
      extendsRun: false,
      ignored: [true, false],
    },
    {
      about: 'a change before',
      scripts: [changing, switching('y')],
      runImage: 'y',
      extendsRun: false,
      ignored: [true, false],
    },
    {
      about: 'a change behind',
      scripts: [switching('x'), changing],
      runImage: 'x',
      extendsRun: true,
      ignored: [false, false],
    },
    { about: 'a change alone', scripts: [changing], runImage: undefined, extendsRun: true, ignored: [false] },
  ])('chooses the run image from the last Dockerfile to the first: $about [EXT-11]', async (sample) => {
    const extensions = sample.scripts.map((script, index) => extension({ id: `a/x${index}`, generate: script }));
    const { runImage, extendsRunImage, dockerfiles } = await run(extensions);
    expect({ runImage, extendsRun: extendsRunImage, ignored: dockerfiles.map(({ isIgnored }) => isIgnored) }).toEqual({
      runImage: sample.runImage,
      extendsRun: sample.extendsRun,
      ignored: sample.ignored,
    });
  });

  test('takes what an extension without a program brings along [EXT-07]', async () => {
    const files = { 'generate/run.Dockerfile': 'FROM x\n', 'generate/context/file': 'y' };
    const { runImage, output } = await run([extension({ id: 'a/prepared', files })]);
    expect(runImage).toBe('x');
    expect(readFileSync(join(output, 'a_prepared/context/file'), 'utf8')).toBe('y');
    expect(await run([extension({ id: 'a/empty' })])).toMatchObject({ dockerfiles: [] });
  });

  test('refuses two kinds of contexts at once, and warns of SBOM files [EXT-15] [SBM-17]', async () => {
    const both = extension({ id: 'a/both', generate: 'mkdir "$1/context" "$1/context.run"' });
    await expect(run([both])).rejects.toMatchObject({ code: 'GENERATE_FAILED', exitCode: 92 });
    await run([extension({ id: 'a/sbom', generate: 'echo {} >"$1/launch.sbom.cdx.json"' })]);
    expect(events).toContainEqual({
      type: 'warning',
      message: '"launch.sbom.cdx.json" of a/sbom@1.0.0 is ignored: extensions have no SBOM files',
    });
  });
});

describe('hostile extensions', () => {
  const secret = join(phases.root, 'secret');
  writeFileSync(secret, 'FROM stolen\n');

  test.each(['run.Dockerfile', 'build.Dockerfile', 'extend-config.toml', 'context'])(
    'a link from %s out of the build is refused',
    async (name) => {
      const script = extension({ id: 'a/link', generate: `ln -s ${secret} "$1/${name}"` });
      await expect(run([script])).rejects.toMatchObject({ code: 'GENERATE_FAILED' });
    },
  );

  test.each([
    ['a pipe', 'mkfifo "$1/run.Dockerfile"'],
    ['a directory', 'mkdir "$1/run.Dockerfile"'],
    ['two megabytes', 'head -c 2000000 /dev/zero >"$1/run.Dockerfile"'],
    ['an output directory that is a link', `rmdir "$1"; ln -s ${phases.root} "$1"`],
  ])('%s ends the phase', async (_about, script) => {
    await expect(run([extension({ id: 'a/odd', generate: script })])).rejects.toMatchObject({
      code: 'GENERATE_FAILED',
    });
  });

  test('a link in place of the next output directory leads nowhere', async () => {
    const away = join(phases.root, 'away');
    mkdirSync(away);
    const first = extension({ id: 'a/first', generate: `ln -s ${away} "$1/../a_second"` });
    const second = extension({ id: 'a/second', generate: 'echo mine >"$1/file"' });
    const { output } = await run([first, second]);
    expect(existsSync(join(away, 'file'))).toBe(false);
    expect(readFileSync(join(output, 'a_second/file'), 'utf8')).toBe('mine\n');
  });

  test('prepared output that is a link out of the extension is refused', async () => {
    const root = join(phases.root, 'linked');
    mkdirSync(root);
    writeFileSync(join(root, 'extension.toml'), 'api = "0.12"\n[extension]\nid = "a/linked"\nversion = "1.0.0"\n');
    symlinkSync(phases.root, join(root, 'generate'));
    expect(() => loadExtension(root, { report, fetchedInto: root })).toThrow('its "generate" is a link that leads out');
  });
});
