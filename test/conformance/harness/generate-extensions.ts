import { Random } from './random.ts';
import type { Scenario, ScenarioExtension } from './scenario.ts';
import { writeLines } from './shell-text.ts';

/** Those before were recorded without. */
const firstSeed = 1000;

const ids = ['ext/one', 'ext-two', 'acme/one'];
const apis = ['0.9', '0.10', '0.12', '0.12'];

/**
 * A scenario with image extensions, phase by phase: it follows from the seed through numbers of its own, so that what the seed gives
 * otherwise stays as it is.
 */
export function withExtensions(scenario: Scenario, seed: number): Scenario {
  const random = new Random(seed ^ 0x5f37_59df);
  if (seed < firstSeed || !random.chance(0.2)) return scenario;
  const extensions = random.times(1, 3, (index) => extension(ids[index] ?? 'x', random));
  return {
    ...scenario,
    phases: true,
    flags: [],
    // One version of everything, whatever the buildpack of the same id has.
    extensions,
    extensionsOrder: random.times(1, 2, () =>
      random.some(extensions, 0.8).map(({ id, version = '2.0.0' }) => ({ id, version })),
    ),
    moreImages: { other: { layer: 'other' }, third: { env: ['THIRD=yes'], labels: {} } },
    ...(random.chance(0.3) && {
      runToml: '[[images]]\nimage = "run"\n[[images]]\nimage = "other"\nmirrors = ["mirror.example/other"]\n',
    }),
  };
}

function extension(id: string, random: Random): ScenarioExtension {
  const provides = random.some(['a', 'b', 'c'], 0.2);
  const plan = provides.flatMap((name) => ['[[provides]]', `name = "${name}"`]);
  const isPrepared = random.chance(0.2);
  return {
    id,
    version: '2.0.0',
    api: random.pick(apis),
    about: random.chance(0.2) ? 'clear-env = true' : '',
    detect: plan.length === 0 ? ':' : writeLines('"$2"', plan),
    ...(isPrepared
      ? { generate: false, files: { 'generate/run.Dockerfile': random.pick(dockerfiles) } }
      : { generate: random.some(outputs, 0.25).join('\n') || ':' }),
  };
}

const dockerfiles = [
  'FROM other\n',
  'from --platform=linux/amd64 third as last\n',
  '# escape=`\nFROM `\n  other\n',
  'ARG base_image\nFROM ${base_image}\n',
  'ARG base_image\nFROM ${base_image}\nRUN a <<EOF\nFROM nothing\nEOF\n',
] as const;

const inRun = (text: string): string => writeLines('"$1/run.Dockerfile"', text.split('\n').slice(0, -1));

const outputs: readonly string[] = [
  ...dockerfiles.map(inRun),
  inRun('FROM other\n'),
  inRun('FROM /layout/index.docker.io/library/run/latest\n'),
  inRun('FROM third\nUSER 1\n'),
  writeLines('"$1/build.Dockerfile"', ['ARG base_image', 'FROM ${base_image}', 'CMD x']),
  writeLines('"$1/extend-config.toml"', ['[[run.args]]', 'name = "x"', 'value = "y"']),
  'mkdir "$1/context"; echo x >"$1/context/x"',
  'echo "{}" >"$1/launch.sbom.cdx.json"',
  // Rarely together with all of the others, so that most go on.
  'if [ -e "$1/context" ] && [ -e "$1/extend-config.toml" ]; then mkdir "$1/context.run"; fi',
];
