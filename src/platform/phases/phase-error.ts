import { exitCodes, TsbuildpackError } from '../../errors.ts';
import { systemErrorCode } from '../../fs/system-error.ts';

/** The statuses of the platform specification that do not belong to a phase (EXI-01). */
export const generalStatus = { failed: 1, badInputs: 3 } as const;

// An inner error that says more than its phase keeps its own status (EXI-12), and so does an interruption.
const kept = new Set([
  'PLATFORM_API_UNSUPPORTED',
  'BUILDPACK_API_UNSUPPORTED',
  'DETECT_NO_GROUP',
  'DETECT_NO_GROUP_ERRORS',
  'BUILDPACK_FAILED',
  'EXTENSION_FAILED',
  'INTERRUPTED',
  'TERMINATED',
]);

/** Runs a part of a phase whose failures end with this status. */
export async function failingWith<T>(exitCode: number, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TsbuildpackError)) throw ofTheSystem(error, exitCode);
    if (kept.has(error.code) || hasStatus(error)) throw error;
    const { code, message, hint, detail } = error;
    const parts = { ...(hint !== undefined && { hint }), ...(detail !== undefined && { detail }), cause: error };
    throw new TsbuildpackError(code, message, { ...parts, exitCode });
  }
}

/** A file that cannot be read or written is the phase's failure, not a mistake of this program. */
function ofTheSystem(error: unknown, exitCode: number): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  return new TsbuildpackError('INVALID_INPUT', `Cannot go on: ${error.message}`, { exitCode, cause: error });
}

function hasStatus({ code, exitCode }: TsbuildpackError): boolean {
  return exitCode !== exitCodes[code];
}

/** An error in what the platform gave us: status 3. */
export function badInputs(message: string, hint?: string): TsbuildpackError {
  return new TsbuildpackError('INVALID_INPUT', message, hint === undefined ? {} : { hint });
}
