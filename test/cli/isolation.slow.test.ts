import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyboxEntries } from '../environment/bundle-contract.ts';
import { compileNoNamespaces } from '../environment/environment-contract.ts';
import { link } from '../layer/support/hostile-tar.ts';
import { folderFor, packageReadableBy, removeAs, rootlessUser, runAs } from '../rootless.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { CliRig, type CliResult } from './cli-rig.ts';
import { writeLayout } from './image-fixture.ts';

const rig: CliRig = new CliRig();
const token = `token-${Math.random().toString(36).slice(2)}`;
let layout: string;

beforeAll(async () => {
  layout = join(rig.dir, 'build-image');
  const applets = ['mkdir', 'cp', 'rm', 'touch', 'mv', 'ln', 'grep', 'rmdir'];
  const entries = [
    ...busyboxEntries(),
    ...applets.map((name) => link('symlink', `bin/${name}`, 'busybox')),
    link('symlink', 'usr', '.'),
  ];
  await writeLayout(layout, entries, {
    User: '1001:1000',
    Env: ['PATH=/bin', 'CNB_USER_ID=1234', 'CNB_GROUP_ID=4321', 'CNB_STACK_ID=acme.stack', 'OTHER=hidden'],
  });
  writeFileSync(join(rig.dir, 'home', 'secret'), token);
});

afterAll(() => rig.remove());

interface Scripts {
  readonly detect?: string;
  /** More of buildpack.toml. */
  readonly descriptor?: string;
  readonly build: string;
}

function buildpack(name: string, { descriptor = '', ...scripts }: Scripts): string {
  const dir = rig.folder(name, {
    'buildpack.toml': `api = "0.12"\n[buildpack]\nid = "acme/x"\nversion = "1.0.0"\n${descriptor}`,
  });
  mkdirSync(join(dir, 'bin'), { recursive: true });
  for (const [file, text] of Object.entries({ detect: 'exit 0', ...scripts })) {
    writeFileSync(join(dir, 'bin', file), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, 'bin', file), 0o755);
  }
  return dir;
}

async function build(name: string, scripts: Scripts, ...args: readonly string[]): Promise<CliResult> {
  const output = `rootfs-archive:${join(rig.dir, `${name}.tar`)}`;
  const flags = ['--buildpack', buildpack(`bp-${name}`, scripts), '--build-image', `oci:${layout}`, '--output', output];
  return await rig.run(['build', rig.staticApp(), '--stack', 'static', '--cache-scope', name, ...flags, ...args]);
}

function holdsToken(name: string, wanted = token): boolean {
  try {
    return readFileSync(join(rig.dir, `${name}.tar`)).includes(wanted);
  } catch {
    // The build failed, which is as good.
    return false;
  }
}

describe('tsbuildpack build --build-image', () => {
  test('runs buildpacks in that image, as its user and with its variables', async () => {
    const script = 'id -u; id -g; pwd; cat /etc/group; echo "$PATH $CNB_STACK_ID $OTHER $HOME"; ls /; hostname';
    const { exitCode, stderr } = await build('sees', { build: script });
    expect(exitCode).toBe(0);
    const lines = stderr.split('\n').filter((line) => line.startsWith('[acme/x] '));
    const said = lines.map((line) => line.slice('[acme/x] '.length));
    expect(said.slice(0, 3)).toEqual(['1234', '4321', '/workspace']);
    expect(said).toContain('extra:x:1003:app');
    expect(said).toContain('/bin acme.stack  /home/cnb');
    expect(said).not.toContain('sbin');
    expect(said.at(-1)).toBe('tsbuildpack');
    expect(stderr).toContain('Unpacking a root file system');
  });

  test('unpacks it once', async () => {
    const { exitCode, stderr } = await build('again', { build: 'true' });
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain('Unpacking a root file system');
  });

  test('reports it as an input, and the isolation', async () => {
    const report = join(rig.dir, 'report.json');
    expect(await build('reported', { build: 'true' }, '--report', report)).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      isolation: expect.stringMatching(/^image \((?:bubblewrap|runc|unshare)\)$/) as string,
      inputs: expect.arrayContaining([expect.objectContaining({ name: 'build-image' })]) as unknown,
    });
  });

  test('has no network with --network none', async () => {
    const script = 'grep -c : /proc/net/dev; grep lo: /proc/net/dev; ls /etc';
    const { exitCode, stderr } = await build('lonely', { build: script }, '--network', 'none');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stderr).toMatch(/\[acme\/x\] +lo:/);
    expect(stderr).not.toMatch(/^\[acme\/x\] +(?:eth|en|wl)\w*:/m);
  });

  test('has no network where the buildpack says that it needs none', async () => {
    const script = 'grep : /proc/net/dev';
    const descriptor = '[metadata.tsbuildpack]\nnetwork = "none"\n';
    const closed = await build('needs-none', { build: script, descriptor });
    expect(closed).toMatchObject({ exitCode: 0 });
    expect(interfaces(closed)).toEqual(['lo']);
    const open = await build('needs-it', { build: script });
    expect(interfaces(open)).toEqual(interfacesHere());
  });

  test('refuses --network none where there is no sandbox', async () => {
    const { exitCode, stderr } = await build('mapped', { build: 'true' }, '--isolation', 'mapped', '--network', 'none');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('Cannot build without a network: that takes a sandbox, and there is none here');
  });
});

function interfaces({ stderr }: CliResult): readonly string[] {
  return [...stderr.matchAll(/^\[acme\/x\] +(\w+):/gm)].map(([, name = '']) => name);
}

function interfacesHere(): readonly string[] {
  return [...readFileSync('/proc/net/dev', 'utf8').matchAll(/^ *(\w+):/gm)].map(([, name = '']) => name);
}

describe('what a hostile buildpack leaves for the exporter', () => {
  const secret = join(rig.dir, 'home', 'secret');
  const home = join(rig.dir, 'home');
  const launch = 'printf "[types]\\nlaunch = true\\n"';

  test.each([
    { name: 'a link in a layer', script: `mkdir x; ln -s ${secret} x/link; ${launch} >x.toml` },
    { name: 'a link to a directory in a layer', script: `mkdir x; ln -s ${home} x/link; ${launch} >x.toml` },
    { name: 'a layer that is a link', script: `ln -s ${home} x; ${launch} >x.toml` },
    { name: 'a layer that becomes a link', script: `mkdir x; ${launch} >x.toml; rmdir x; ln -s ${home} x` },
    { name: 'a description of a layer', script: `mkdir x; ln -s ${secret} x.toml` },
    {
      name: 'a variable of a layer',
      script: `mkdir -p x/env.launch; ln -s ${secret} x/env.launch/TAKEN.override; ${launch} >x.toml`,
    },
    { name: 'all variables of a layer', script: `mkdir x; ln -s ${home} x/env; ${launch} >x.toml` },
    {
      name: 'a program that gives variables',
      script: `mkdir -p x/exec.d; ln -s ${secret} x/exec.d/x; ${launch} >x.toml`,
    },
    { name: 'what is to be launched', script: `ln -s ${secret} launch.toml` },
    { name: 'what the next build is to know', script: `ln -s ${secret} store.toml` },
    { name: 'what was not provided', script: `ln -s ${secret} build.toml` },
    { name: 'a bill of materials', script: `ln -s ${secret} launch.sbom.cdx.json` },
    {
      name: 'a bill of materials of a layer',
      script: `mkdir x; ${launch} >x.toml; ln -s ${secret} x.sbom.cdx.json`,
    },
    { name: 'a link in the application', script: `ln -s ${secret} /workspace/link; ln -s ${home} /workspace/dir` },
    { name: 'the application as a link', script: `rm -rf /workspace/*; ln -s ${home} /workspace/app` },
    {
      name: 'slices that lead elsewhere',
      script: `ln -s ${home} /workspace/out; printf '[[slices]]\\npaths = ["out/*", "../..${secret}", "${secret}"]\\n' >launch.toml`,
    },
    { name: 'all of its layers as a link', script: `cd /layers; rm -rf acme_x; ln -s ${home} acme_x` },
  ])('is not followed: $name', async ({ name, script }) => {
    const file = `hostile-${name.replaceAll(/\W/g, '-')}`;
    const { stderr } = await build(file, { build: `cd "$CNB_LAYERS_DIR"\n${script}` });
    // It came so far that the buildpack did it.
    expect(stderr).toContain('BUILDING');
    expect(holdsToken(file)).toBe(false);
    expect(stderr).not.toContain(token);
  });

  test('is not followed: a plan that is a link', async () => {
    const { stderr } = await build('plan', {
      detect: `rm -f "$CNB_BUILD_PLAN_PATH"; ln -s ${secret} "$CNB_BUILD_PLAN_PATH"`,
      build: 'true',
    });
    expect(stderr).not.toContain(token);
  });

  test('is found when it may be there', async () => {
    const script =
      'cd "$CNB_LAYERS_DIR"; mkdir x; echo visible-token >x/file; printf "[types]\\nlaunch = true\\n" >x.toml';
    expect(await build('visible', { build: script })).toMatchObject({ exitCode: 0 });
    expect(holdsToken('visible', 'visible-token')).toBe(true);
  });
});

test('--isolation image says what is missing and what there is instead where namespaces are forbidden', async () => {
  const user = rootlessUser();
  const home = folderFor(user);
  const programs = temporaryDirectory('no-namespaces');
  try {
    for (const dir of [rig.dir, programs]) chmodSync(dir, 0o755);
    const wrapper = compileNoNamespaces(programs);
    const cli = join(await packageReadableBy(user), 'dist', 'cli.js');
    const app = join(home, 'app');
    mkdirSync(app);
    copyFileSync(join(rig.staticApp(), 'server'), join(app, 'server'));
    const argv = [wrapper, process.execPath, cli, 'build', app, '--build-image', `oci:${layout}`, '-t', 'x'];
    const result = await runAs(user, argv, { home, env: { TSBUILDPACK_STORE: join(home, 'store') } });
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toContain('Cannot make a build environment of the build image: no way to it works here');
    expect(result.stderr).toMatch(/bubblewrap: A system call filter, .+ forbids/);
    expect(result.stderr).toMatch(/unshare: A system call filter, .+ forbids/);
    expect(result.stderr).toContain('--isolation real where that works, or --isolation mapped');
    const doctor = await runAs(user, [wrapper, process.execPath, cli, 'doctor'], { home });
    expect(doctor.stdout).toMatch(/note +build-image: Builds cannot run in a build image \(bubblewrap: A system call/);
  } finally {
    rmSync(programs, { recursive: true, force: true });
    removeAs(user, home);
  }
});
