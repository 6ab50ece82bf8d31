import type { Event } from '../../events.ts';
import { eventLines, type Verbosity } from './event-lines.ts';
import { formatBytes } from './format.ts';
import type { OutputStream, Renderer } from './renderer.ts';
import type { Style } from './style.ts';

export interface PlainRendererOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly style: Style;
  readonly verbosity: Verbosity;
}

/** Lines for a log: results to standard output, all else to standard error. Long work is one line when it is done. */
export function plainRenderer({ stdout, stderr, style, verbosity }: PlainRendererOptions): Renderer {
  const held: string[] = [];
  let detecting = false;
  const write = (lines: readonly string[]): void => {
    for (const line of lines) stderr.write(`${line}\n`);
  };
  const release = (): void => write(held.splice(0));
  return {
    event: (event) => {
      const lines = event.type === 'progress' ? progressLines(event, verbosity) : eventLines(event, style, verbosity);
      if (event.type === 'phase' || event.type === 'group')
        detecting = event.type === 'phase' && event.phase === 'detect';
      if (verbosity === 'normal' && isOfTrial(event, detecting)) {
        held.push(...lines);
        return;
      }
      if (event.type === 'group' || event.type === 'phase') release();
      write(lines);
    },
    result: ({ lines }) => {
      release();
      for (const line of lines) stdout.write(`${line}\n`);
    },
    error: ({ lines, json }) => {
      if (isNoGroup(json['code'])) held.length = 0;
      release();
      write(lines);
    },
    close: release,
  };
}

/** What came of trying a buildpack waits for what came of all: the error that none fits has all of it once more. */
function isOfTrial(event: Event, detecting: boolean): boolean {
  return event.type === 'detected' || (detecting && event.type === 'output');
}

function isNoGroup(code: unknown): boolean {
  return code === 'DETECT_NO_GROUP' || code === 'DETECT_NO_GROUP_ERRORS';
}

/** Work smaller than this is not worth a line of a log. */
const worthALine = 1_000_000;

function progressLines(event: Extract<Event, { type: 'progress' }>, verbosity: Verbosity): readonly string[] {
  if (!event.done || verbosity === 'quiet' || event.bytes < worthALine) return [];
  return [`${event.label}: ${formatBytes(event.bytes)}`];
}
