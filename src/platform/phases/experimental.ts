import { TsbuildpackError } from '../../errors.ts';
import type { PhaseContext } from './phase-context.ts';
import { generalStatus } from './phase-error.ts';

/**
 * Layouts in place of a registry are experimental in the specification: a platform has to say that it knows with
 * CNB_EXPERIMENTAL_MODE (VER-12, VER-13). The specification's word for silence is `silent`, the reference's is `quiet`.
 */
export function requireExperimental({ inputs, surroundings }: PhaseContext): void {
  if (!inputs.isSet('layout')) return;
  const mode = surroundings.env['CNB_EXPERIMENTAL_MODE'] || 'error';
  if (mode === 'quiet' || mode === 'silent') return;
  const what = 'OCI layouts in place of a registry are experimental in the platform specification';
  if (mode !== 'error') {
    surroundings.report({ type: 'warning', message: what });
    return;
  }
  throw new TsbuildpackError('INVALID_INPUT', `Cannot use -layout: ${what}`, {
    hint: 'Set CNB_EXPERIMENTAL_MODE=warn or CNB_EXPERIMENTAL_MODE=quiet',
    exitCode: generalStatus.failed,
  });
}
