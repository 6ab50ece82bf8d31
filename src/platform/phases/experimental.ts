import { atLeast } from '../../cnb/api-version.ts';
import { TsbuildpackError } from '../../errors.ts';
import type { PhaseContext } from './phase-context.ts';
import { generalStatus } from './phase-error.ts';

/**
 * Layouts in place of a registry are experimental in the specification: a platform has to say that it knows with
 * CNB_EXPERIMENTAL_MODE (VER-12, VER-13). The specification's word for silence is `silent`, the reference's is `quiet`.
 */
export function requireExperimental(context: PhaseContext): void {
  if (!context.inputs.isSet('layout')) return;
  requireMode(
    context,
    'use -layout',
    'OCI layouts in place of a registry are experimental in the platform specification',
  );
}

/** So are image extensions below Platform API 0.13. */
export function requireExperimentalExtensions(context: PhaseContext): void {
  if (atLeast(context.inputs.platformApi, '0.13')) return;
  requireMode(context, 'use [[order-extensions]]', 'Image extensions are experimental below Platform API 0.13');
}

function requireMode({ surroundings }: PhaseContext, action: string, what: string): void {
  const mode = surroundings.env['CNB_EXPERIMENTAL_MODE'] || 'error';
  if (mode === 'quiet' || mode === 'silent') return;
  if (mode !== 'error') {
    surroundings.report({ type: 'warning', message: what });
    return;
  }
  throw new TsbuildpackError('INVALID_INPUT', `Cannot ${action}: ${what}`, {
    hint: 'Set CNB_EXPERIMENTAL_MODE=warn or CNB_EXPERIMENTAL_MODE=quiet',
    exitCode: generalStatus.failed,
  });
}
