/** What a buildpack's program saw. */
export interface ProgramAnswer {
  readonly runs: number;
  /** $0, working directory, arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Plan of a build, as JSON. */
  readonly plan?: unknown;
  /** What was in its layers directory when it began. */
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
}

export interface CacheAnswer {
  readonly files: readonly string[];
  readonly metadata: unknown;
}

/** Of first build, unchanged rebuild, changed rebuild. */
export type ScenarioAnswer = readonly BuildAnswer[];
