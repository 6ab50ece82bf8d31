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
  return {
    event: (event) => {
      const lines = event.type === 'progress' ? progressLines(event, verbosity) : eventLines(event, style, verbosity);
      for (const line of lines) stderr.write(`${line}\n`);
    },
    result: ({ lines }) => {
      for (const line of lines) stdout.write(`${line}\n`);
    },
    error: ({ lines }) => {
      for (const line of lines) stderr.write(`${line}\n`);
    },
    close: () => {},
  };
}

/** Work smaller than this is not worth a line of a log. */
const worthALine = 1_000_000;

function progressLines(event: Extract<Event, { type: 'progress' }>, verbosity: Verbosity): readonly string[] {
  if (!event.done || verbosity === 'quiet' || event.bytes < worthALine) return [];
  return [`${event.label}: ${formatBytes(event.bytes)}`];
}
