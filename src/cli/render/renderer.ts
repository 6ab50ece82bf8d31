import type { Event } from '../../events.ts';
import type { CommandResult } from '../command.ts';
import type { ShownError } from './error-lines.ts';

/** Makes a command's events, result and failure visible. One of each kind of output: a person's terminal, plain lines, NDJSON. */
export interface Renderer {
  event(event: Event): void;
  result(result: CommandResult): void;
  error(error: ShownError): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}
