import { TsbuildpackError } from '../errors.ts';
import type { NotDetected } from './detect.ts';

export interface NoGroupContext {
  /** What was looked at, for the message. */
  readonly app: string;
  /** The application inside the source root, `.` when it is the root. */
  readonly appPath: string;
  /** Why a path of the source root does not enter the build: SourceTree.hiddenBy. */
  readonly hiddenBy: (path: string) => string | undefined;
}

/** The error for a detection that found no group: every buildpack tried, its reason, files that would have matched but are ignored. */
export function noGroupError({ trials, errors, planFailures }: NotDetected, context: NoGroupContext): TsbuildpackError {
  const tried = trials.flatMap(({ buildpack: { descriptor }, result, reason, output }) => {
    const verdict = { pass: 'passed', fail: 'does not fit', error: 'failed', skipped: 'not asked' }[result];
    const line = `${descriptor.id} ${descriptor.version} ${verdict}${reason === undefined ? '' : `: ${reason}`}`;
    // What it wrote is shown where it may say why it broke (DET-11).
    return result === 'error' && output.trim() !== '' ? [line, ...indented(output)] : [line];
  });
  const hidden = hiddenFiles({ trials, errors, planFailures, found: false }, context);
  const hint = hintFor({ hidden: hidden.length > 0, unmet: planFailures.length > 0, errors });
  return new TsbuildpackError(
    errors ? 'DETECT_NO_GROUP_ERRORS' : 'DETECT_NO_GROUP',
    trials.length === 0
      ? `Cannot find a buildpack for "${context.app}": there is none to try`
      : `Cannot find a buildpack for "${context.app}": none of ${trials.length} fits`,
    {
      detail: [...tried, ...planFailures, ...hidden].join('\n'),
      hint: `${hint}, or name a buildpack of your own with --buildpack`,
    },
  );
}

interface HintContext {
  readonly hidden: boolean;
  readonly unmet: boolean;
  readonly errors: boolean;
}

function hintFor({ hidden, unmet, errors }: HintContext): string {
  if (hidden) return 'Do not ignore the files named above';
  if (errors) return 'Mend what failed';
  // A buildpack is provided for by those in front of it.
  return unmet ? 'Put a buildpack that provides it in front' : 'Add a file that one of them looks for';
}

function indented(text: string): readonly string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => `  ${line}`);
}

function hiddenFiles({ trials }: NotDetected, { appPath, hiddenBy }: NoGroupContext): readonly string[] {
  const wanted = new Set(trials.flatMap((trial) => trial.wanted));
  return [...wanted].flatMap((name) => {
    const path = appPath === '.' ? name : `${appPath}/${name}`;
    const rule = hiddenBy(path);
    return rule === undefined ? [] : [`${path} is hidden by ${rule}`];
  });
}
