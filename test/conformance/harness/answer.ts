import type { Scenario } from './scenario.ts';

/** What a buildpack's program saw. */
export interface ProgramAnswer {
  readonly runs: number;
  /** $0, working directory, arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Plan of a build or a generation, as JSON. */
  readonly plan?: unknown;
  /** What was in its layers or output directory when it began. */
  readonly restored?: readonly string[];
}

export interface LayerAnswer {
  readonly diffId: string;
  /** One line an entry: see entry-line.ts. */
  readonly entries: readonly string[];
}

export interface ImageAnswer {
  readonly layers: readonly LayerAnswer[];
  /** The image's config, with labels that hold JSON read. */
  readonly config: unknown;
}

/** What came of one build, in a form that is the same for every lifecycle and machine. */
export interface BuildAnswer {
  readonly exit: number;
  /** By phase and buildpack. */
  readonly programs: Readonly<Record<string, ProgramAnswer>>;
  /** Documents that phases leave in the layers directory, as JSON. */
  readonly documents: Readonly<Record<string, unknown>>;
  readonly image?: ImageAnswer;
  /** `<layers>/sbom/build` for the platform. */
  readonly buildSbom?: readonly string[];
  readonly cache?: CacheAnswer;
  /** The cache in a registry. */
  readonly cacheImage?: CacheImageAnswer;
  /** Where the phases run one by one: the last that ran. */
  readonly lastPhase?: string;
  /** And what the detector left: documents, and what extensions generated. */
  readonly detected?: DetectedAnswer;
}

export interface DetectedAnswer {
  readonly documents: Readonly<Record<string, unknown>>;
  readonly generated?: readonly string[];
}

export interface CacheAnswer {
  readonly files: readonly string[];
  readonly metadata: unknown;
}

export interface CacheImageAnswer {
  /** What its label says. */
  readonly metadata: unknown;
  /** The reference has some of them twice. */
  readonly diffIds: readonly string[];
  /** Whether the one before it is there as well, where that held something else. */
  readonly before?: 'there' | 'gone';
}

/** Of first build, unchanged rebuild, changed rebuild. */
export type ScenarioAnswer = readonly BuildAnswer[];

/** Two answers to one scenario. */
export interface AnswerPair {
  readonly scenario: Scenario;
  readonly reference: ScenarioAnswer;
  readonly ours: ScenarioAnswer;
}

/** A value inside a value of JSON; undefined when it is not there. */
export function valueAt(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Readonly<Record<string, unknown>>)[key] : undefined,
    value,
  );
}
