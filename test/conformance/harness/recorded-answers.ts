import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BuildAnswer, ScenarioAnswer } from './answer.ts';
import { generateScenario } from './generate-scenario.ts';
import { conformanceDir } from './read-scenarios.ts';
import type { Scenario } from './scenario.ts';

/** Who answered. */
export interface RecordedReference {
  /** Of the reference lifecycle. */
  readonly version: string;
  /** Of its binary. */
  readonly digest: string;
}

export interface RecordedAnswer {
  /** Of the scenario: an answer to other inputs counts for nothing. */
  readonly inputs: string;
  readonly answer: ScenarioAnswer;
}

/** expected.json: facts only. Lists of a layer's entries stand in it once, by diff ID. */
interface Recording {
  readonly reference: RecordedReference;
  readonly layers: Readonly<Record<string, readonly string[]>>;
  readonly answers: Readonly<Record<string, RecordedAnswer>>;
}

/** Of what decides about the answer: what the scenario is called and said to prove may change. */
export function inputsDigest(scenario: Scenario): string {
  const inputs = { ...scenario, name: undefined, rows: undefined, about: undefined };
  return `sha256:${createHash('sha256').update(JSON.stringify(inputs)).digest('hex')}`;
}

/** The recorded answer of a written scenario; undefined when it was never recorded. */
export function readRecorded(
  name: string,
): { readonly reference: RecordedReference; readonly recorded: RecordedAnswer } | undefined {
  const file = expectedFile(name);
  if (!existsSync(file)) return undefined;
  const { reference, ...recording } = JSON.parse(readFileSync(file, 'utf8')) as Recording;
  const [recorded] = Object.values(expand(recording));
  return recorded && { reference, recorded };
}

export function writeRecorded(scenario: Scenario, answer: ScenarioAnswer, reference: RecordedReference): void {
  const recording = compact({ [scenario.name]: { inputs: inputsDigest(scenario), answer } });
  writeFileSync(expectedFile(scenario.name), `${JSON.stringify({ reference, ...recording })}\n`);
}

const seedsFile = join(conformanceDir, 'generated', 'expected.json.gz');

/** The generated scenarios that are recorded, with their answers, by seed. */
export function readRecordedSeeds(): {
  readonly reference: RecordedReference;
  readonly seeds: ReadonlyMap<Scenario, RecordedAnswer>;
} {
  const { reference, seeds } = recordedSeeds();
  return { reference, seeds: new Map(seeds.map(([seed, answer]) => [generateScenario(seed), answer])) };
}

function recordedSeeds(): {
  readonly reference: RecordedReference;
  readonly seeds: readonly (readonly [seed: number, answer: RecordedAnswer])[];
} {
  const { reference, ...recording } = JSON.parse(gunzipSync(readFileSync(seedsFile)).toString()) as Recording;
  return { reference, seeds: Object.entries(expand(recording)).map(([seed, answer]) => [Number(seed), answer]) };
}

/** Packed, because most of it is said over and over; beside what the same reference answered to other seeds that are as they were. */
export function writeRecordedSeeds(answers: ReadonlyMap<number, ScenarioAnswer>, reference: RecordedReference): void {
  const before = recordedSeeds();
  const isKept = (seed: number, { inputs }: RecordedAnswer): boolean =>
    before.reference.digest === reference.digest && inputs === inputsDigest(generateScenario(seed));
  const recorded = [...answers].map(
    ([seed, answer]) => [seed, { inputs: inputsDigest(generateScenario(seed)), answer }] as const,
  );
  const all = [...before.seeds.filter(([seed, answer]) => isKept(seed, answer)), ...recorded];
  const text = JSON.stringify({ reference, ...compact(Object.fromEntries(all)) });
  writeFileSync(seedsFile, gzipSync(text, { level: 9 }));
}

function expectedFile(name: string): string {
  return join(conformanceDir, name, 'expected.json');
}

function compact(answers: Readonly<Record<string, RecordedAnswer>>): Pick<Recording, 'layers' | 'answers'> {
  const layers: Record<string, readonly string[]> = {};
  const withoutEntries = eachLayerList(answers, (id, entries) => {
    // The layer of metadata.toml has no diff ID that counts.
    if (id === '<config>') return entries;
    layers[id] = entries;
    return [];
  });
  return { layers, answers: withoutEntries };
}

function expand({ layers, answers }: Pick<Recording, 'layers' | 'answers'>): Readonly<Record<string, RecordedAnswer>> {
  return eachLayerList(answers, (id, entries) => layers[id] ?? entries);
}

function eachLayerList(
  answers: Readonly<Record<string, RecordedAnswer>>,
  change: (diffId: string, entries: readonly string[]) => readonly string[],
): Readonly<Record<string, RecordedAnswer>> {
  const inBuild = (build: BuildAnswer): BuildAnswer =>
    build.image === undefined
      ? build
      : {
          ...build,
          image: {
            ...build.image,
            layers: build.image.layers.map(({ diffId, entries }) => ({ diffId, entries: change(diffId, entries) })),
          },
        };
  return Object.fromEntries(
    Object.entries(answers).map(([name, { inputs, answer }]) => [name, { inputs, answer: answer.map(inBuild) }]),
  );
}
