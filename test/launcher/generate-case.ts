import { stringify } from 'smol-toml';
import type { FileSpec, LaunchCase, ProcessEntry } from './launch-case.ts';

/** Numbers that look random and are the same for the same seed: mulberry32. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 up to but without `sides`. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  }

  /** True once in so many times. */
  once(inTimes: number): boolean {
    return this.roll(inTimes) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.roll(from.length)]!;
  }

  /** Up to `most` of something. */
  some<T>(most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.roll(most + 1) }, (_, index) => make(index));
  }
}

const platformApis = ['0.7', '0.9', '0.10', '0.12', '0.14', '0.15', '0.15'];
const buildpackApis = ['0.7', '0.8', '0.9', '0.10', '0.12', 'v0.11'];
const buildpackIds = ['one', 'a/two', 'a_two', 'three', 'sub/../x', '.', ''];
const layerNames = ['a', 'B', '10', '9', 'z.z', '.h'];
const names = ['FOO', 'FOO', 'BAR', 'BAR', 'LD_LIBRARY_PATH', 'a', 'Z_9', 'HOME'];
const oddNames = ['PATH', '', 'CNB_APP_DIR', 'X=Y', 'LD_PRELOAD'];
const suffixes = [
  '',
  '.append',
  '.append',
  '.prepend',
  '.prepend',
  '.override',
  '.default',
  '.delim',
  '.delim',
  '.',
  '.x',
  '.append.x',
];
const values = ['', 'x', 'y z', ':', '/p:/q', '$FOO', '"q"', 'é', 'line\n', "it's", '*', '\\', '`b`', '~'];
const words = ['a', 'b c', '$FOO', '"$BAR"', "'$FOO'", '\\$x', 'é', '', '-n', '*', '${FOO:-d}', '$(echo s)', '{1,2}'];
const types = ['web', 'worker', 'a.b'];
const tomlStrings = ['"a"', "'b'", '"""c\nd"""', "'''e'f'''", '"\\u00e9\\t"', '"""x\\\n  y"""', '""', '"\\x41\\e"'];
const tomlJunk = ['1', 'true', '[1]', '{}', '"open', '2024-02-30', '"\\q"', '0x', '.5', '1.', 'inf', "'''", '"a" "b"'];
const tomlLines = ['# c', '', '\t', 'k = 1', '[t]', '[[t]]', 'a.b = "c"', '= 1', 'k', '"q r" = "s"', "'é' = 'é'", '\r'];

/** A case in which anything may happen that images hold. The same seed gives the same case. */
export function generateCase(seed: number): LaunchCase {
  const dice = new Dice(seed);
  const ids = dice.once(15) ? buildpackIds : buildpackIds.slice(0, 4);
  const buildpacks = [...new Set(ids)].filter(() => !dice.once(6)).map((id) => ({ id, api: dice.pick(buildpackApis) }));
  const known = dice.once(10) ? ids : buildpacks.map(({ id }) => id);
  const listed = [...types, ...dice.some(2, () => dice.pick(types))].filter(() => !dice.once(12));
  const processes = listed.map((type) => generateProcess(dice, type, known));
  return {
    name: `generated ${seed}`,
    metadata: generateMetadata(dice, { processes, buildpacks }),
    files: generateFiles(dice, ids),
    env: generateEnv(dice),
    argv: generateArgv(dice),
    cwd: dice.once(10) ? '/bin' : '/',
    uid: dice.once(4) ? 1000 : 0,
    readOnly: dice.once(6),
    shell: !dice.once(12),
    descriptors: dice.once(4) ? [3, 6] : [],
  };
}

function generateProcess(dice: Dice, type: string, ids: readonly string[]): ProcessEntry {
  const odd = ['missing', './tool', 'sub/tool', './missing', '/bin'];
  const program = dice.once(6) ? dice.pick(odd) : dice.pick(['probe', '/bin/probe', 'tool']);
  const command = dice.once(20) ? [] : [program, ...dice.some(2, () => dice.pick(words))];
  return {
    type,
    command: dice.once(4) ? program : command,
    ...(dice.once(6) ? {} : { args: dice.some(3, () => dice.pick(words)) }),
    direct: dice.once(2),
    ...(dice.once(10) || ids.length === 0 ? {} : { 'buildpack-id': dice.pick(ids) }),
    ...(dice.once(4) ? { 'working-dir': dice.pick(['/bin', 'sub', '/missing', '', '.', '/workspace/../bin']) } : {}),
    ...(dice.once(4) ? { 'exec-env': dice.some(2, () => dice.pick(['production', 'test', '*'])) } : {}),
  };
}

function generateMetadata(dice: Dice, metadata: object): string | null {
  if (dice.once(60)) return null;
  const text = stringify(metadata);
  if (!dice.once(12)) return text;
  const lines = text.split('\n');
  lines.splice(dice.roll(lines.length), 0, dice.once(2) ? dice.pick(tomlLines) : `extra = ${tomlValue(dice)}`);
  return lines.join('\n');
}

function tomlValue(dice: Dice): string {
  return dice.once(5) ? dice.pick(tomlJunk) : dice.pick(tomlStrings);
}

function generateArgv(dice: Dice): string[] {
  const name = dice.pick(['/cnb/process/web', '/cnb/process/web', 'worker', '/x/a.b', '/cnb/lifecycle/launcher']);
  const command = name.endsWith('launcher') ? ['probe', '/bin/probe', 'tool', 'exit 3'] : words;
  const isCommand = name.endsWith('launcher') && !dice.once(10);
  const args = isCommand || dice.once(2) ? [dice.pick(command), ...dice.some(3, () => dice.pick(words))] : [];
  return [name, ...(dice.once(4) ? ['--'] : []), ...args];
}

function generateEnv(dice: Dice): string[] {
  return [
    `CNB_PLATFORM_API=${dice.once(40) ? dice.pick(['0.6', 'x', '', 'v0.12']) : dice.pick(platformApis)}`,
    ...(dice.once(20)
      ? []
      : [
          `PATH=${dice.pick(dice.once(10) ? ['.:/bin', '', '/x'] : ['/cnb/process:/cnb/lifecycle:/bin', '/bin', '/bin:/x'])}`,
        ]),
    ...(dice.once(8) ? [`CNB_EXEC_ENV=${dice.pick(['test', 'production', ''])}`] : []),
    ...(dice.once(10) ? [`CNB_PROCESS_TYPE=${dice.pick(types)}`] : []),
    ...(dice.once(15) ? [`CNB_APP_DIR=${dice.pick(['/bin', 'workspace', '/missing', '/workspace/'])}`] : []),
    ...(dice.once(15) ? [`CNB_LAYERS_DIR=${dice.pick(['layers', '/layers/', '/missing', '//layers/.'])}`] : []),
    ...dice.some(4, () => `${dice.pick(names)}=${dice.pick(values)}`),
    ...(dice.once(10) ? ['NOTHING'] : []),
  ];
}

function generateFiles(dice: Dice, ids: readonly string[]): Record<string, FileSpec> {
  const files: Record<string, FileSpec> = {
    '/workspace/tool': { probe: true },
    '/workspace/sub/tool': { probe: true },
    '/missing-link': { link: '/nothing' },
  };
  if (dice.once(5)) files['/workspace/.profile'] = profile(dice);
  for (const id of new Set(ids)) {
    if (id === '.' || id === '' || dice.once(6)) continue;
    const directory = `/layers/${id.replaceAll('/', '_')}`;
    for (const name of new Set(dice.some(3, () => dice.pick(layerNames))))
      addLayer(dice, files, `${directory}/${name}`);
    if (dice.once(20)) files[`${directory}/link`] = { link: `/layers/one` };
  }
  return files;
}

function addLayer(dice: Dice, files: Record<string, FileSpec>, layer: string): void {
  if (dice.once(3)) files[`${layer}/bin/tool`] = { probe: true };
  if (dice.once(3)) files[`${layer}/lib`] = dice.once(8) ? 'a file' : { directory: true };
  for (const folder of ['env', 'env.launch', 'env.launch/web', 'env.launch/a.b', 'env.build']) {
    if (dice.once(2)) addVariables(dice, files, `${layer}/${folder}`);
  }
  for (const folder of ['exec.d', 'exec.d/web', 'exec.d/worker']) {
    const programs = dice.once(4) ? dice.some(2, () => dice.pick(['1', '2', 'x.sh'])) : [];
    for (const name of new Set(programs)) addExecD(dice, files, `${layer}/${folder}/${name}`);
  }
  for (const folder of ['profile.d', 'profile.d/web', 'profile.d/worker']) {
    if (dice.once(4)) files[`${layer}/${folder}/${dice.pick(['1', 'b.sh'])}`] = profile(dice);
  }
}

function addVariables(dice: Dice, files: Record<string, FileSpec>, folder: string): void {
  for (const file of dice.some(6, () => dice.pick(dice.once(15) ? oddNames : names) + dice.pick(suffixes))) {
    if (file !== '' && file !== '.') files[`${folder}/${file}`] = dice.once(80) ? oddFile(dice) : dice.pick(values);
  }
}

function addExecD(dice: Dice, files: Record<string, FileSpec>, path: string): void {
  files[path] = dice.once(40) ? oddFile(dice) : { probe: true };
  const lines = dice.some(3, () => {
    if (dice.once(30)) return dice.pick(tomlLines);
    const key = dice.pick(['FOO', 'BAR', 'BAZ', 'A', 'B', 'C', 'NEW_1', '"q.r"', "'s'", dice.once(10) ? 'PATH' : 'D']);
    return `${key} = ${dice.once(40) ? dice.pick(tomlJunk) : dice.pick(tomlStrings)}`;
  });
  files[`/fixtures${path}.out`] = lines.join('\n');
  if (dice.once(40)) files[`/fixtures${path}.status`] = dice.pick(['1', '82', '0']);
}

function profile(dice: Dice): string {
  return dice.pick([
    'export FOO=p',
    'export P=$FOO:$0',
    'set -- probe replaced',
    'FOO=${FOO}x',
    'false',
    'export BAR=$PWD',
  ]);
}

function oddFile(dice: Dice): FileSpec {
  return dice.pick<FileSpec>([
    { link: '/nothing' },
    { link: '/bin' },
    { link: '/bin/probe' },
    { content: 'closed', mode: 0 },
    { content: 'a\0b' },
    { directory: true },
  ]);
}
