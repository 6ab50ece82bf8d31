import * as v from 'valibot';
import { schemaProblem } from '../cnb/schema-problems.ts';
import { TsbuildpackError } from '../errors.ts';
import type { BuildpackDefinition, StackNeed } from './api.ts';

const texts = v.array(v.string());

const target = v.object({
  os: v.string(),
  arch: v.exactOptional(v.string()),
  variant: v.exactOptional(v.string()),
  distros: v.exactOptional(v.array(v.object({ name: v.string(), version: v.exactOptional(v.string()) }))),
});

const described = v.object({
  id: v.string(),
  version: v.string(),
  name: v.exactOptional(v.string()),
  homepage: v.exactOptional(v.string()),
  description: v.exactOptional(v.string()),
  targets: v.exactOptional(v.array(target)),
  clearEnv: v.exactOptional(v.boolean()),
  network: v.exactOptional(v.literal('none')),
  relocatable: v.exactOptional(v.boolean()),
  inputs: v.exactOptional(v.object({ hostEnv: v.exactOptional(texts) })),
  stacks: v.exactOptional(v.object({ default: v.string(), also: v.exactOptional(texts) })),
});

export type DescribedModule = Omit<BuildpackDefinition, 'detect' | 'build'>;

/** What a module says about itself, from an answer that its own code may have written. Throws BUILDPACK_INVALID. */
export function parseDescribed(answer: unknown, entry: string): DescribedModule {
  const result = v.safeParse(described, answer);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new TsbuildpackError(
    'BUILDPACK_INVALID',
    `Cannot use buildpack "${entry}": its definition is not as it must be: ${schemaProblem(issue, { schema: described })}`,
  );
}

/** A runner's answer, checked. */
export interface CheckedAnswer {
  readonly ok: boolean;
  readonly problem?: string;
  readonly definition?: unknown;
  readonly reason?: string;
  readonly wanted?: readonly string[];
  readonly stack?: StackNeed;
}

const answerSchema = v.object({
  ok: v.boolean(),
  problem: v.exactOptional(v.string()),
  definition: v.exactOptional(v.unknown()),
  reason: v.exactOptional(v.string()),
  wanted: v.exactOptional(texts),
  stack: v.exactOptional(v.object({ name: v.string(), reason: v.string() })),
});

/** The answer file of a run; undefined when there is none that can be understood. */
export function parseAnswer(bytes: Uint8Array | undefined): CheckedAnswer | undefined {
  if (bytes === undefined) return undefined;
  try {
    const result = v.safeParse(answerSchema, JSON.parse(Buffer.from(bytes).toString('utf8')));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
