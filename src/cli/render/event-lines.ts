import { unreachable, type Event } from '../../events.ts';
import { formatBytes, printable } from './format.ts';
import type { Style } from './style.ts';

export type Verbosity = 'quiet' | 'normal' | 'verbose';

const phaseTitles = {
  analyze: 'ANALYZING',
  detect: 'DETECTING',
  restore: 'RESTORING',
  build: 'BUILDING',
  export: 'EXPORTING',
  rebase: 'REBASING',
} as const;

/** The lines of one event for a person; none where the verbosity does not show it. Progress is the renderer's own matter. */
export function eventLines(event: Event, style: Style, verbosity: Verbosity): readonly string[] {
  if (event.type === 'warning') return warningLines(event, style);
  if (verbosity === 'quiet') return [];
  switch (event.type) {
    case 'phase':
      // The customary header, which platforms look for: CRE-07.
      return [style.bold(`===> ${phaseTitles[event.phase]}`)];
    case 'info':
      return [printable(event.message)];
    case 'debug':
      return verbosity === 'verbose' ? [style.dim(printable(event.message))] : [];
    case 'output':
      return [`${style.dim(`[${event.source}]`)} ${printable(event.line, { keepColors: style.colors })}`];
    case 'detected':
      return detectedLines(event, style, verbosity);
    case 'group':
      return groupLines(event);
    case 'input-resolved':
      return [`${event.name}: ${style.bold(printable(event.value))} ${style.dim(`(${printable(event.reason)})`)}`];
    case 'layer':
      return [layerLine(event, style)];
    case 'output-written':
      return [style.green(`Wrote ${printable(event.reference)}`)];
    case 'progress':
      return [];
    default:
      return unreachable(event);
  }
}

function warningLines(event: Extract<Event, { type: 'warning' }>, style: Style): readonly string[] {
  const lines = [style.yellow(`Warning: ${printable(event.message)}`)];
  return event.hint === undefined ? lines : [...lines, ...indent(event.hint)];
}

function detectedLines(
  event: Extract<Event, { type: 'detected' }>,
  style: Style,
  verbosity: Verbosity,
): readonly string[] {
  if (event.result === 'pass' && verbosity !== 'verbose') return [];
  const mark = {
    pass: style.green('pass'),
    fail: style.dim('fail'),
    error: style.red('err '),
    skipped: style.dim('skip'),
  };
  const reason = event.reason === undefined ? '' : `: ${printable(event.reason)}`;
  return [`${mark[event.result]}  ${event.buildpack}@${event.version}${reason}`];
}

function groupLines(event: Extract<Event, { type: 'group' }>): readonly string[] {
  const count = event.buildpacks.length;
  const width = Math.max(0, ...event.buildpacks.map(({ id }) => id.length));
  // The customary table: DET-23.
  return [
    `${count} of ${count} buildpack${count === 1 ? '' : 's'} participating`,
    ...event.buildpacks.map(({ id, version }) => `${id.padEnd(width)} ${version}`),
  ];
}

function layerLine(event: Extract<Event, { type: 'layer' }>, style: Style): string {
  const verb = { made: 'Made layer', reused: 'Reusing layer', restored: 'Restored layer' }[event.action];
  const size = event.sizeBytes === undefined ? '' : ` (${formatBytes(event.sizeBytes)})`;
  const cause = event.cause === undefined ? '' : style.dim(`, ${event.cause}`);
  return `${verb} ${printable(event.name)}${size}${cause}`;
}

export function indent(text: string): readonly string[] {
  return text.split('\n').map((line) => (line === '' ? '' : `  ${printable(line)}`));
}
