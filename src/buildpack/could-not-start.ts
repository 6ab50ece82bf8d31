import { TsbuildpackError } from '../errors.ts';

/** A program that is not there or no program is a failure of the buildpack that has it; everything else is not its business. */
export function couldNotStart(error: unknown): error is TsbuildpackError {
  return error instanceof TsbuildpackError && ['COMMAND_NOT_FOUND', 'COMMAND_NOT_EXECUTABLE'].includes(error.code);
}
