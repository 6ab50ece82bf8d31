import { statSync } from 'node:fs';
import * as v from 'valibot';
import type { FileWitness, ResolvedInput } from '../buildpack/resolved-input.ts';
import type { Image } from '../image/image.ts';
import type { RunImage } from '../stack/run-image.ts';
import type { Scope } from '../store/scope.ts';
import { hostEnvHash } from './build-key.ts';
import { buildReportSchema } from './build-report.ts';
import type { NamedRunImage } from './choose-run-image.ts';
import type { BuildReport, CreateDependencies, CreateRequest } from './create-request.ts';

/** What is known of a build that was pure from end to end, besides its key. */
export interface BuildFacts {
  /** Which variables of the host were declared as inputs, and a hash of their values. */
  readonly hostEnvNames: readonly string[];
  readonly hostEnv: string;
  readonly runImage: NamedRunImage;
  readonly report: BuildReport;
}

const schema = v.object({
  hostEnvNames: v.array(v.string()),
  hostEnv: v.string(),
  runImage: v.variant('kind', [
    v.object({ kind: v.literal('stack'), name: v.string() }),
    v.object({ kind: v.literal('image'), place: v.string() }),
  ]),
  report: buildReportSchema,
});

export interface Unchanged {
  readonly image: Image;
  readonly report: BuildReport;
}

/**
 * The image of an earlier build with the same key, when all that the key does not hold is still the same too: the host's
 * variables, the files that prove what was resolved, the run image. Starts no process and reads no source file twice.
 */
export async function findUnchanged(
  key: string,
  {
    scope,
    request,
    deps,
  }: { readonly scope: Scope; readonly request: CreateRequest; readonly deps: CreateDependencies },
): Promise<Unchanged | undefined> {
  const record = await scope.builds.lookup(key);
  const facts = record && parseFacts(record.facts);
  if (record === undefined || facts === undefined) return undefined;
  if (hostEnvHash(facts.hostEnvNames, deps.hostEnv) !== facts.hostEnv) return undefined;
  if (!facts.report.inputs.every((input) => stillHolds(input, deps.now()))) return undefined;
  const runImage = await sameRunImage(facts, request, deps);
  if (runImage === undefined) return undefined;
  const base = new Map(runImage.image.layers.map((layer) => [layer.digest, layer]));
  const image = await deps.store.images.open(record.digest, {
    mediaType: record.mediaType,
    elsewhere: ({ digest }) => base.get(digest),
  });
  return image && { image, report: facts.report };
}

async function sameRunImage(
  facts: BuildFacts,
  request: CreateRequest,
  deps: CreateDependencies,
): Promise<RunImage | undefined> {
  const recorded = facts.report.inputs.find(({ name }) => name === runImageInput)?.value;
  const pinned = (request.resolved ?? request.lock?.inputs)?.find(({ name }) => name === runImageInput)?.value;
  const runImage = await deps.resolveRunImage(facts.runImage, request.platform, pinned);
  return runImage.input.value === recorded ? runImage : undefined;
}

/** The name under which the run image stands among the resolved inputs. */
export const runImageInput = 'run-image';

export async function recordBuild(
  key: string,
  { scope, image, facts }: { readonly scope: Scope; readonly image: Image; readonly facts: BuildFacts },
): Promise<void> {
  const { digest, mediaType } = image;
  await scope.builds.record(key, { digest, mediaType, facts: JSON.stringify(facts) });
}

function parseFacts(text: string): BuildFacts | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

function stillHolds({ witnesses = [], validUntil }: ResolvedInput, now: Date): boolean {
  return witnesses.every(isUnchanged) && (validUntil === undefined || now.toISOString() < validUntil);
}

function isUnchanged({ path, sizeBytes, mtimeMs }: FileWitness): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.size === sizeBytes && found.mtimeMs === mtimeMs;
}
