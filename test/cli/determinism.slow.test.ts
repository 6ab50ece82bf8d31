import { chownSync, copyFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { layoutSource } from '../../src/image/layout-place.ts';
import { listEntries } from '../../src/layer/list-entries.ts';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { folderFor, packageReadableBy, rootlessUser, runAs } from '../rootless.ts';
import { nodeBinary } from '../test-tools.ts';
import { CliRig, staticProgram } from './cli-rig.ts';

interface Example {
  readonly name: string;
  readonly args?: readonly string[];
  /** Puts in place what is installed and not committed. */
  readonly prepare?: (dir: string) => void;
  /** Which Node builds the second time, by the isolation it is told to use. */
  readonly again: readonly (readonly [node: 20 | 22 | 24, isolation: string])[];
}

const examples: readonly Example[] = [
  {
    name: 'static-binary',
    prepare: (dir) => copyFileSync(staticProgram(), join(dir, 'esbuild')),
    again: [
      [20, 'mapped'],
      [22, 'auto'],
      [24, 'auto'],
    ],
  },
  { name: 'penguin-shell', again: [[22, 'auto']] },
  { name: 'custom-buildpack', again: [[24, 'auto']] },
  { name: 'custom-stack', again: [[20, 'auto']] },
  { name: 'node-web', again: [[22, 'auto']] },
];

/** Those of which nothing more is to be proven here, and why. */
const others: Readonly<Record<string, string>> = {
  builder: 'it is no application but shows how builders are made',
  'node-workspace': 'it goes the way of node-web',
  'next-app': 'next build writes random keys and names into what it makes',
};

test('every example is here', () => {
  const known = [...examples.map(({ name }) => name), ...Object.keys(others)];
  expect(readdirSync(join(repositoryRoot, 'examples')).toSorted()).toEqual(known.toSorted());
});

const user = rootlessUser();
const rig = new CliRig();
afterAll(() => {
  rig.remove();
});

describe.each(examples)('$name', ({ name, args = [], prepare, again }) => {
  async function first(): Promise<string> {
    const dir = rig.folder(name);
    cpSync(join(repositoryRoot, 'examples', name), dir, { recursive: true, filter: isSource });
    prepare?.(dir);
    const options = ['--output', `oci:${name}.first`, '--report', `${name}.json`];
    const { exitCode, stderr, stdout } = await rig.run(['build', dir, '-q', ...options, ...args]);
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
    return stdout.trim();
  }

  test.each(again)(
    'has the same digest with an empty store, for another user on Node %i (%s), in a longer folder, with umask 077, another time zone, language and day',
    { timeout: 600_000 },
    async (node, isolation) => {
      const reference = await first();
      const home = folderFor(user);
      const dir = join(home, 'a', 'much', 'longer', 'name', name);
      cpSync(join(rig.dir, name), dir, { recursive: true });
      copyFileSync(join(rig.dir, `${name}.json`), join(home, 'resolved.json'));
      giveAway(home, user);
      const layout = join(home, 'layout');
      const cli = join(await packageReadableBy(user), 'dist', 'cli.js');
      const options = [
        '--output',
        `oci:${layout}`,
        '--resolved',
        join(home, 'resolved.json'),
        '--isolation',
        isolation,
      ];
      const command = [nodeBinary(node), cli, 'build', dir, '-q', ...options, ...args];
      const { exitCode, stderr } = await runAs(user, ['sh', '-c', 'umask 077; exec "$@"', 'sh', ...command], {
        home,
        env: {
          PATH: `${dirname(nodeBinary(node))}:${process.env['PATH'] ?? ''}`,
          ...goEnvironment(),
          TZ: 'Pacific/Kiritimati',
          LANG: 'tr_TR.UTF-8',
          TSBUILDPACK_CLOCK_OFFSET: String(400 * 86_400),
        },
      });
      expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
      await expectSameImage(join(rig.dir, `${name}.first`), layout);
      expect(reference).toContain((await layoutSource({ directory: layout }).resolve()).digest);
    },
  );
});

function isSource(path: string): boolean {
  return !path.includes('node_modules');
}

function giveAway(dir: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  if (process.getuid?.() !== 0) return;
  chownSync(dir, uid, gid);
  for (const entry of readdirSync(dir, { recursive: true, encoding: 'utf8' })) chownSync(join(dir, entry), uid, gid);
}

/** Where modules come from is the machine's matter. */
function goEnvironment(): Record<string, string> {
  const names = ['GOPROXY', 'GOSUMDB', 'GOTOOLCHAIN', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'HTTPS_PROXY'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** A difference is shown entry by entry before the digests are compared. */
async function expectSameImage(first: string, second: string): Promise<void> {
  const [one, two] = await Promise.all([listing(first), listing(second)]);
  expect(differences(one.entries, two.entries)).toEqual([]);
  expect(two.config).toEqual(one.config);
  expect(two.digest).toBe(one.digest);
}

function differences(one: readonly string[], two: readonly string[]): readonly string[] {
  return [
    ...one.filter((entry) => !two.includes(entry)).map((entry) => `- ${entry}`),
    ...two.filter((entry) => !one.includes(entry)).map((entry) => `+ ${entry}`),
  ];
}

async function listing(directory: string): Promise<{ entries: string[]; config: unknown; digest: string }> {
  const image = await layoutSource({ directory }).resolve();
  const entries: string[] = [];
  for (const [index, layer] of image.layers.entries()) {
    for await (const entry of listEntries(() => layer.open())) {
      const { path, type, mode, uid, gid, sizeBytes, linkTarget = '', sha256 = '' } = entry;
      entries.push(
        [index, String(path), type, mode.toString(8), uid, gid, sizeBytes, String(linkTarget), sha256].join(' '),
      );
    }
  }
  return { entries, config: image.config, digest: image.digest };
}

test('the comparison shows an entry that differs', async () => {
  const app = rig.staticApp('differs');
  await rig.run(['build', app, '-q', '--output', 'oci:one']);
  writeFileSync(join(app, 'server'), Buffer.concat([readFileSync(staticProgram()), Buffer.from('x')]));
  await rig.run(['build', app, '-q', '--output', 'oci:two']);
  const [one, two] = await Promise.all(['one', 'two'].map((name) => listing(join(rig.dir, name))));
  expect(differences(one?.entries ?? [], two?.entries ?? [])).toEqual([
    expect.stringMatching(/^- .* \/workspace\/server file /),
    expect.stringMatching(/^\+ .* \/workspace\/server file /),
  ]);
});
