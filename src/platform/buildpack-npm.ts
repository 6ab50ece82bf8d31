import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { TsbuildpackError } from '../errors.ts';
import { spawnLines } from '../fs/spawn.ts';
import { archivedBuildpacks } from './buildpack-archive.ts';
import type { BuildpackTools, FoundBuildpacks } from './buildpack-tools.ts';

const answer = v.pipe(v.array(v.object({ name: v.string(), version: v.string(), integrity: v.string() })), v.length(1));

/**
 * A buildpack from an npm package, fetched by the user's own npm: registry, scopes, tokens, proxies and certificates are those of its
 * configuration, and it compares the package with the integrity that the registry states. No script of the package runs.
 * Throws BUILDPACK_INVALID.
 */
export async function npmBuildpack(wish: string, tools: BuildpackTools): Promise<FoundBuildpacks> {
  const text = `npm:${wish}`;
  const inputName = `buildpack ${text}`;
  const pinned = tools.pinned?.get(inputName);
  const directory = await tools.store.temporaryDirectory();
  try {
    const packed = await npmPack(pinnedWish(pinned) ?? wish, { text, directory: directory.path, tools });
    const found = await archivedBuildpacks(packed.file, { name: text, tools });
    const value = `${packed.name}@${packed.version} ${packed.integrity}`;
    return { ...found, input: { name: inputName, value, reason: 'from the npm registry of the user' } };
  } finally {
    await directory.remove();
  }
}

/** `NAME@VERSION` of `NAME@VERSION sha512-…`. */
function pinnedWish(pinned: string | undefined): string | undefined {
  return pinned?.split(' ')[0];
}

interface Packed {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

interface PackOptions {
  readonly text: string;
  readonly directory: string;
  readonly tools: BuildpackTools;
}

async function npmPack(wish: string, { text, directory, tools }: PackOptions): Promise<Packed> {
  const { env, signal } = tools.surroundings;
  const argv = ['npm', 'pack', '--json', '--ignore-scripts', '--no-audit', '--no-update-notifier', '--', wish];
  // In an empty directory: a .npmrc of the application is not the user's.
  const result = await spawnLines(argv, { env, cwd: directory, signal }).catch((cause: unknown) => {
    throw failed(text, 'npm cannot be started', {
      hint: 'Install npm, or unpack the package and name its directory',
      cause,
    });
  });
  if (result.exitCode !== 0) {
    const detail = result.stderr
      .split('\n')
      .filter((line) => line.startsWith('npm error'))
      .join('\n');
    const hint = 'Check the name, and with `npm view` that your npm can reach its registry';
    throw failed(text, `npm ended with status ${result.exitCode}`, { detail: detail || result.stderr.trimEnd(), hint });
  }
  const [packed] = readAnswer(result.stdout);
  const [file] = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.tgz')) : [];
  if (packed === undefined || file === undefined) throw failed(text, 'npm does not say what it has fetched', {});
  return { ...packed, file: join(directory, file) };
}

function readAnswer(text: string): readonly Omit<Packed, 'file'>[] {
  try {
    const read = v.safeParse(answer, JSON.parse(text));
    return read.success ? read.output : [];
  } catch {
    return [];
  }
}

function failed(
  text: string,
  problem: string,
  options: { readonly detail?: string; readonly hint?: string; readonly cause?: unknown },
): TsbuildpackError {
  return new TsbuildpackError('BUILDPACK_INVALID', `Cannot fetch buildpack "${text}": ${problem}`, options);
}
