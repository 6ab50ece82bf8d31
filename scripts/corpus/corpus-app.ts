/** An application of the corpus: how it is made, and what has to come of it. */
export interface CorpusApp {
  /** Of its folder and its image. */
  readonly name: string;
  /** What it stands for, for the table. */
  readonly about: string;
  /** A generator whose templates are in its npm package, and its arguments; `APP` is the folder to make. */
  readonly generator?: readonly [string, ...string[]];
  /** Written over what the generator made: text, or an object for JSON. */
  readonly files?: Readonly<Record<string, string | object>>;
  /** Merged into the package.json of the generator. */
  readonly packageJson?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Makes a package-lock.json. @default true */
  readonly lockfile?: boolean;
  /** The folder to build. @default '.' */
  readonly appPath?: string;
  /** Variables of the build. */
  readonly env?: Readonly<Record<string, string>>;
  readonly expect: Answer | Refusal;
  /** Runs in CI too, which has no time for all of them. */
  readonly inCi?: boolean;
}

/** It builds, starts, answers a request, and stops. */
export interface Answer {
  readonly kind: 'answer';
  /** @default '/' */
  readonly path?: string;
  /** Is in the body. */
  readonly says: string;
  /** How it ends after SIGTERM: 143 without a handler. */
  readonly endsWith: readonly number[];
}

/** There is no image, and a message says why. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly exitCode: number;
  readonly says: string;
}

/** Nothing handles SIGTERM. */
export const byTheSignal: readonly number[] = [143];
/** A handler ends it. */
export const byItself: readonly number[] = [0];
