import type { Digest } from './oci/digest.ts';

export type Phase = 'analyze' | 'detect' | 'restore' | 'build' | 'export' | 'rebase';

/**
 * What happened, for who wants to show it. Every event is plain data (it is also a line of `--json`); a renderer turns it into
 * text. Paths and names only: never a credential.
 */
export type Event =
  | { readonly type: 'phase'; readonly phase: Phase }
  /** A decision or fact that the user should see: one sentence, no full stop. */
  | { readonly type: 'info'; readonly message: string }
  /** Detail for `--verbose`. */
  | { readonly type: 'debug'; readonly message: string }
  | { readonly type: 'warning'; readonly message: string; readonly hint?: string }
  /** A line that a child process wrote, without its newline. */
  | { readonly type: 'output'; readonly source: string; readonly stream: 'stdout' | 'stderr'; readonly line: string }
  | {
      readonly type: 'detected';
      readonly buildpack: string;
      readonly version: string;
      readonly result: 'pass' | 'fail' | 'error' | 'skipped';
      readonly reason?: string;
    }
  | { readonly type: 'group'; readonly buildpacks: readonly { readonly id: string; readonly version: string }[] }
  | { readonly type: 'input-resolved'; readonly name: string; readonly value: string; readonly reason: string }
  | {
      readonly type: 'layer';
      readonly name: string;
      readonly action: 'made' | 'reused' | 'restored';
      readonly diffId?: Digest;
      readonly sizeBytes?: number;
      readonly cause?: string;
    }
  /** Long work: emitted at most a few times a second for one id; `done` is true exactly once, last. */
  | {
      readonly type: 'progress';
      readonly id: string;
      readonly label: string;
      readonly bytes: number;
      readonly totalBytes?: number;
      readonly done: boolean;
    }
  | { readonly type: 'output-written'; readonly place: string; readonly reference: string; readonly digest: Digest };

export type Report = (event: Event) => void;

/** For switches that must know every member of a union. */
export function unreachable(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
