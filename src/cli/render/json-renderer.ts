import type { OutputStream, Renderer } from './renderer.ts';

/** `--json`: one JSON object a line on standard output, the last one `{"type":"result"}` or `{"type":"error"}`. */
export function jsonRenderer(stdout: OutputStream): Renderer {
  const line = (value: unknown): void => {
    stdout.write(`${JSON.stringify(value)}\n`);
  };
  return {
    event: line,
    result: ({ json, exitCode = 0 }) => line({ type: 'result', exitCode, ...json }),
    error: ({ json }) => line({ type: 'error', ...json }),
    close: () => {},
  };
}
