import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnLines } from '../fs/spawn.ts';
import { findProgram } from './find-program.ts';
import type { IdMapping } from './id-mapping.ts';
import { removeOwnedTree } from './remove-owned-tree.ts';
import type { RuntimeIdMapping } from './runtime-spec.ts';
import { quote } from './shell.ts';

/** One container's writable view of a root file system that others share. */
export interface Overlay {
  /** A private directory on the file system of `lower`: what the container writes is kept in it. */
  readonly dir: string;
  /** The root file system: never written to. */
  readonly lower: string;
  readonly ids: IdMapping;
}

/** Where the container's root file system is, for what runs in the overlay. */
export function mergedDir({ dir }: Pick<Overlay, 'dir'>): string {
  return join(dir, 'merged');
}

export function makeOverlay(overlay: Overlay): void {
  for (const name of ['upper', 'work', 'merged']) mkdirSync(join(overlay.dir, name), { mode: 0o755 });
  // By relative names, because commas and colons mean something in the options of a mount.
  symlinkSync(overlay.lower, join(overlay.dir, 'lower'));
}

/**
 * The command that runs a program where the overlay is mounted: in a mount namespace of its own, so that nobody else sees it and it goes
 * when the program ends; for a user in a user namespace too, with all the ids that he has. The program takes the place of the command: it
 * has its process id, standard streams and terminal. https://docs.kernel.org/filesystems/overlayfs.html
 */
export function inOverlay({ dir, ids }: Pick<Overlay, 'dir' | 'ids'>, argv: readonly string[]): readonly string[] {
  const unshare = findProgram('unshare') ?? 'unshare';
  // A user may not write the attributes of the kernel's own name space that overlayfs notes things in.
  const options = `lowerdir=lower,upperdir=upper,workdir=work${ids.kind === 'host' ? '' : ',userxattr'}`;
  const mount = `cd ${quote(dir)} && ${findProgram('mount') ?? 'mount'} -t overlay tsbuildpack -o ${options} merged`;
  const start = `${mount} && cd / && exec "$@"`;
  switch (ids.kind) {
    case 'host':
      return [unshare, '--mount', '--', '/bin/sh', '-c', start, 'sh', ...argv];
    case 'single':
      return [unshare, '--user', '--map-root-user', '--mount', '--', '/bin/sh', '-c', start, 'sh', ...argv];
    case 'ranges':
      return ['/bin/sh', '-c', startWithRanges(dir, unshare, ids), 'sh', `read -r go <"$0/go" && ${start}`, ...argv];
  }
}

/**
 * Only newuidmap and newgidmap may give a namespace the caller's ranges, and only from outside, when it is there: so a helper waits
 * until it is, sets them and says go.
 */
function startWithRanges(
  dir: string,
  unshare: string,
  { uids, gids }: IdMapping & { readonly kind: 'ranges' },
): string {
  const maps = [mapCommand('newuidmap', uids), mapCommand('newgidmap', gids)];
  const helper = `read -r ready <"$0/ready" && ${maps.join(' && ')} && echo >"$0/go"`;
  return [
    `n=$(mktemp -d ${quote(join(dir, 'ids-XXXXXX'))})`,
    'mkfifo "$n/ready" "$n/go"',
    `{ timeout 20 /bin/sh -c ${quote(helper)} "$n" $$ </dev/null || kill $$; } & `,
    'start=$1; shift',
    `exec ${unshare} --user --mount -- /bin/sh -c 'echo >"$0/ready"; '"$start" "$n" "$@"`,
  ].join('\n');
}

function mapCommand(name: string, mappings: readonly RuntimeIdMapping[]): string {
  const numbers = mappings.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]);
  return `${findProgram(name) ?? name} "$1" ${numbers.join(' ')}`;
}

/**
 * Why overlays cannot be had here on the file system of a directory; undefined when they can. Found out by mounting one and replacing
 * something of its lower half.
 */
export async function overlayFailure(
  parent: string,
  ids: IdMapping,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (process.platform !== 'linux') return `there are none on ${process.platform}`;
  const missing = ['unshare', 'mount'].find((name) => findProgram(name) === undefined);
  if (missing !== undefined) return `"${missing}" is not installed`;
  const folder = mkdtempSync(join(parent, 'overlay-'));
  try {
    const lower = join(folder, 'below');
    mkdirSync(join(lower, 'd'), { recursive: true });
    writeFileSync(join(lower, 'd', 'old'), '');
    const overlay = { dir: folder, lower, ids };
    makeOverlay(overlay);
    const script = 'cd "$1" && rm -r d && mkdir d && echo works >d/new && [ ! -e d/old ] && cat d/new';
    const argv = inOverlay(overlay, ['/bin/sh', '-c', script, 'sh', mergedDir(overlay)]);
    const { exitCode, stdout, stderr } = await spawnLines(argv, { env: { PATH: '/usr/bin:/bin' }, cwd: '/', signal });
    const isUntouched = readFileSync(join(lower, 'd', 'old'), 'utf8') === '';
    if (exitCode === 0 && stdout === 'works\n' && isUntouched) return undefined;
    return stderr.trim().split('\n')[0] ?? `it ended with status ${exitCode}`;
  } finally {
    await removeOwnedTree(folder, ids);
  }
}
