import * as v from 'valibot';
import { schemaProblems } from '../cnb/schema-problems.ts';
import { TsbuildpackError } from '../errors.ts';
import type { BuildReport } from './create-request.ts';

const input = v.object({
  name: v.string(),
  value: v.string(),
  reason: v.string(),
  witnesses: v.exactOptional(v.array(v.object({ path: v.string(), sizeBytes: v.number(), mtimeMs: v.number() }))),
  validUntil: v.exactOptional(v.string()),
});

/** The report's form as a schema: it is read back by `--resolved` and by the next build of the scope. */
export const buildReportSchema: v.GenericSchema<unknown, BuildReport> = v.object({
  version: v.literal(1),
  image: v.object({ name: v.string(), digest: v.string(), manifestSizeBytes: v.number() }),
  platform: v.string(),
  outcome: v.picklist(['built', 'unchanged']),
  isolation: v.string(),
  buildpacks: v.array(v.object({ id: v.string(), version: v.string() })),
  inputs: v.array(input),
  layers: v.array(
    v.object({
      name: v.string(),
      createdBy: v.string(),
      diffId: v.string(),
      digest: v.string(),
      sizeBytes: v.number(),
      action: v.picklist(['base', 'made', 'reused']),
    }),
  ),
  timings: v.array(v.object({ phase: v.string(), milliseconds: v.number() })),
});

/** The resolved inputs in a report's text. Throws INVALID_INPUT naming the file. */
export function parseResolvedInputs(text: string, file: string): BuildReport['inputs'] {
  const problem = (cause: unknown, detail?: string): TsbuildpackError =>
    new TsbuildpackError('INVALID_INPUT', `Cannot read resolved inputs from "${file}"`, {
      ...(detail !== undefined && { detail }),
      hint: 'Name a file that another build wrote with --report',
      cause,
    });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw problem(error, error instanceof Error ? error.message : undefined);
  }
  const result = v.safeParse(v.object({ version: v.literal(1), inputs: v.array(input) }), document);
  if (result.success) return result.output.inputs;
  throw problem(undefined, schemaProblems(result.issues).join('\n'));
}
