import { createLogUpdate } from 'log-update';
import type { Event } from '../../events.ts';
import { formatBytes, printable } from './format.ts';
import type { PlainRendererOptions } from './plain-renderer.ts';
import { plainRenderer } from './plain-renderer.ts';
import type { Renderer } from './renderer.ts';

interface Work {
  readonly label: string;
  readonly startedMs: number;
  bytes: number;
  totalBytes: number | undefined;
}

/** A terminal: the lines of the plain renderer, and below them, redrawn, what is going on with bytes and rate. */
export function liveRenderer(options: PlainRendererOptions & { readonly stderr: NodeJS.WriteStream }): Renderer {
  const live = createLogUpdate(options.stderr, { showCursor: true });
  const plain = plainRenderer(options);
  const work = new Map<string, Work>();
  let drawn = false;

  const above = (write: () => void): void => {
    if (drawn) live.clear();
    write();
    draw();
  };
  const draw = (): void => {
    drawn = work.size > 0;
    if (drawn) live([...work.values()].map((item) => workLine(item, options.stderr.columns ?? 80)).join('\n'));
  };
  return {
    event: (event) => {
      if (event.type === 'progress') follow(work, event);
      // Lines about long work are for logs: here the work itself was to be seen.
      if (event.type === 'progress') above(() => {});
      else above(() => plain.event(event));
    },
    result: (result) => above(() => plain.result(result)),
    error: (error) => {
      work.clear();
      above(() => plain.error(error));
    },
    close: () => {
      work.clear();
      if (drawn) live.clear();
      live.done();
    },
  };
}

function follow(work: Map<string, Work>, event: Extract<Event, { type: 'progress' }>): void {
  if (event.done) {
    work.delete(event.id);
    return;
  }
  const item = work.get(event.id) ?? {
    label: printable(event.label),
    startedMs: performance.now(),
    bytes: 0,
    totalBytes: event.totalBytes,
  };
  item.bytes = event.bytes;
  item.totalBytes = event.totalBytes;
  work.set(event.id, item);
}

function workLine({ label, bytes, totalBytes, startedMs }: Work, columns: number): string {
  const seconds = (performance.now() - startedMs) / 1000;
  const rate = seconds > 0.2 ? `, ${formatBytes(bytes / seconds)}/s` : '';
  const amount = totalBytes === undefined ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
  const text = `${label}: ${amount}${rate}`;
  if (totalBytes === undefined || totalBytes === 0) return text.slice(0, columns);
  return `${bar(bytes / totalBytes)} ${text}`.slice(0, columns);
}

const barWidth = 20;

function bar(part: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, part)) * barWidth);
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
}
