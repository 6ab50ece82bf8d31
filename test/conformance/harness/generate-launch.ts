import type { Random } from './random.ts';
import { writeLines, quoted } from './shell-text.ts';

const types = ['web', 'worker', 'task.one', 'a_b-c'];
const globs = ['*.txt', 'dir/*', 'dir', 'a*', '[ab]*', 'nothing', '*', 'dir/', './dir/sub', '../x', 'link*'];

/** Commands that write launch.toml, build.toml, store.toml and SBOM files. */
export function generateDocuments(random: Random, api: string, layers: readonly string[]): string {
  const launch = [...processes(random, api), ...labels(random), ...slices(random)];
  return [
    ...(launch.length > 0 ? [writeLines('"$1"/launch.toml', launch)] : []),
    ...(random.chance(0.25) ? [unmet(random)] : []),
    ...(random.chance(0.25)
      ? [writeLines('"$1"/store.toml', ['[metadata]', 'kept = "value"', `count = ${random.integer(0, 9)}`])]
      : []),
    ...sboms(random, layers),
  ].join('\n');
}

function processes(random: Random, api: string): readonly string[] {
  const chosen = random.some(types, 0.35);
  const first = random.chance(0.5) ? chosen[0] : undefined;
  return chosen.flatMap((type) => [
    '[[processes]]',
    `type = "${type}"`,
    ...command(random, api),
    ...(random.chance(0.5) ? [`args = ["one", "two words", "$HOME"]`] : []),
    ...(type === first ? ['default = true'] : []),
    ...(random.chance(0.25) ? ['working-dir = "/workspace/dir"'] : []),
    ...(random.chance(0.1) ? ['exec-env = ["production"]'] : []),
  ]);
}

/** A list from Buildpack API 0.9 on, a string before. */
function command(random: Random, api: string): readonly string[] {
  if (['0.7', '0.8'].includes(api)) return ['command = "run it"', ...(random.chance(0.5) ? ['direct = true'] : [])];
  return [random.chance(0.5) ? 'command = ["program"]' : 'command = ["program", "--always", "x"]'];
}

function labels(random: Random): readonly string[] {
  return random
    .times(0, 2, () => [
      '[[labels]]',
      `key = "${random.pick(['one', 'two', 'org.example/x'])}"`,
      `value = "v${random.integer(1, 9)}"`,
    ])
    .flat();
}

function slices(random: Random): readonly string[] {
  if (random.chance(0.7)) return [];
  return random
    .times(1, 2, () => [
      '[[slices]]',
      `paths = [${random
        .some(globs, 0.2)
        .map((glob) => `"${glob}"`)
        .join(', ')}]`,
    ])
    .flat();
}

/** Leaves the first entry of its plan to others, if there is one. */
function unmet(random: Random): string {
  const name = random.pick(['a', 'b', 'c']);
  return `if grep -q 'name = "${name}"' "$3"; then ${writeLines('"$1"/build.toml', ['[[unmet]]', `name = "${name}"`])}; fi`;
}

function sboms(random: Random, layers: readonly string[]): readonly string[] {
  if (random.chance(0.6)) return [];
  const about = random.some(['launch', 'build', ...layers], 0.4);
  return about.map((name) => {
    const file = `${name}.sbom.${random.pick(['cdx.json', 'spdx.json', 'syft.json'])}`;
    return `echo '{"about":"'${quoted(name)}'"}' >"$1"/${quoted(file)}`;
  });
}
