import { metadataLines } from './generate-plan.ts';
import type { Random } from './random.ts';
import { quoted, writeLines, writeText } from './shell-text.ts';

const layerNames = ['l', 'layer', 'a.b', 'with space', 'ü', 'bin', 'zz-9', 'A'];
const suffixes = ['', '.append', '.prepend', '.override', '.default', '.delim', '.unknown'];
const variables = ['ONE', 'TWO', 'PATH', 'LD_LIBRARY_PATH', 'CPATH'];

export interface GeneratedLayers {
  readonly script: string;
  readonly names: readonly string[];
}

/** Shell commands that make layers of every kind. */
export function generateLayers(random: Random): GeneratedLayers {
  const names = random.some(layerNames, 0.25);
  return { names, script: names.map((name) => layer(name, random)).join('\n') };
}

function layer(name: string, random: Random): string {
  const types = ['launch', 'build', 'cache'].filter(() => random.chance(0.55));
  const dir = `"$1"/${quoted(name)}`;
  const toml = `"$1"/${quoted(`${name}.toml`)}`;
  const typeLines = types.length === 0 ? [] : ['[types]', ...types.map((type) => `${type} = true`)];
  const data = metadataLines(random);
  const document = writeLines(toml, [...typeLines, ...(data.length > 0 ? ['[metadata]', ...data] : []), '']);
  const make = [
    `chmod -R u+rwx ${dir} 2>/dev/null || :; rm -rf ${dir}; mkdir -p ${dir}`,
    ...contents(dir, random),
    document,
  ].join('\n');
  const again = reuse(types, toml, random);
  if (again === undefined) return make;
  return `if [ -e ${toml} ] && [ ! -e changed ]; then\n${again}\nelse\n${make}\nfi`;
}

/** What a careful buildpack does when its layer was restored: keeps it and says the types again. */
function reuse(types: readonly string[], toml: string, random: Random): string | undefined {
  if (types.length === 0 || random.chance(0.4)) return undefined;
  return [
    `{ printf '[types]\\n${types.map((type) => `${type} = true\\n`).join('')}'; cat ${toml}; } >"$1"/.new`,
    `mv "$1"/.new ${toml}`,
  ].join('\n');
}

function contents(dir: string, random: Random): readonly string[] {
  return [
    ...random.some(['bin', 'lib', 'include', 'pkgconfig'], 0.25).map((name) => `mkdir -p ${dir}/${name}`),
    ...random.some(launchPrograms, 0.08).map((command) => `cd ${dir}; ${command}; cd "$OLDPWD"`),
    ...random.some(oddFiles, 0.18).map((command) => `cd ${dir}; ${command}; cd "$OLDPWD"`),
    ...['env', 'env.build', 'env.launch', 'env.launch/web'].flatMap((name) => environment(`${dir}/${name}`, random)),
    ...(random.chance(0.5)
      ? [`if [ -e changed ]; then echo changed >${dir}/state; else echo same >${dir}/state; fi`]
      : []),
  ];
}

function environment(dir: string, random: Random): readonly string[] {
  if (random.chance(0.7)) return [];
  const files = random.times(1, 4, () => `${random.pick(variables)}${random.pick(suffixes)}`);
  return [
    `mkdir -p ${dir}`,
    ...[...new Set(files)].map((file) =>
      writeText(`${dir}/${file}`, random.pick(['/x/y', ':', 'two words', 'line\n', '', '$HOME'])),
    ),
  ];
}

const launchPrograms = [
  'mkdir -p exec.d/web; echo "#!/bin/sh" >exec.d/helper; chmod 755 exec.d/helper',
  'mkdir -p profile.d/web; echo "export A=b" >profile.d/a.sh',
];

/** Everything that a tar header can say in more than one way. */
export const oddFiles: readonly string[] = [
  'echo text >plain',
  'echo "#!/bin/sh" >run; chmod 755 run',
  'echo x >private; chmod 600 private',
  'echo x >setuid; chmod 4755 setuid',
  'mkdir sticky; chmod 1777 sticky',
  'mkdir -p closed/in; chmod 700 closed',
  'ln -s plain link',
  'ln -s /nowhere/at/all dangling',
  'ln -s ../.. up',
  'echo hard >first; ln first second',
  "echo x >'a b'",
  `printf x >"$(printf 'new\\nline')"`,
  `printf x >"$(printf 'latin\\351')"`,
  'echo x >ünï',
  'printf x >back\\\\slash',
  `mkdir -p ${'long-'.repeat(12)}/${'name-'.repeat(12)}; echo x >${'long-'.repeat(12)}/${'name-'.repeat(12)}/${'file-'.repeat(12)}`,
  `echo x >${'n'.repeat(150)}`,
  `ln -s ${'t'.repeat(130)} far`,
  'mkdir a a-b; echo 1 >a/x; echo 2 >a-b/x',
  'head -c 70000 /dev/zero >zeros',
  ': >empty',
  'mkdir emptydir',
  'echo hidden >.hidden',
];
