import { expect, test } from 'vitest';
import { TsbuildpackError, type ErrorCode } from '../../../src/errors.ts';
import type { Event } from '../../../src/events.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { showError } from '../../../src/cli/render/error-lines.ts';
import { eventLines } from '../../../src/cli/render/event-lines.ts';
import { formatBytes, formatDuration, formatTable, printable } from '../../../src/cli/render/format.ts';
import { jsonRenderer } from '../../../src/cli/render/json-renderer.ts';
import { plainRenderer } from '../../../src/cli/render/plain-renderer.ts';
import { styleFor } from '../../../src/cli/render/style.ts';

const plain = styleFor({}, {});

function collector(): { write(text: string): void; text: string } {
  return {
    text: '',
    write(text): void {
      this.text += text;
    },
  };
}

const events: readonly Event[] = [
  { type: 'phase', phase: 'detect' },
  { type: 'detected', buildpack: 'acme/a', version: '1.0.0', result: 'fail', reason: 'no file "a"' },
  { type: 'detected', buildpack: 'acme/b', version: '1.0.0', result: 'pass' },
  { type: 'group', buildpacks: [{ id: 'acme/b', version: '1.0.0' }] },
  { type: 'input-resolved', name: 'go', value: 'go1.26.8', reason: 'go.mod:3' },
  { type: 'info', message: 'For information' },
  { type: 'debug', message: 'For finding out why' },
  { type: 'warning', message: 'Take care', hint: 'Do this' },
  { type: 'output', source: 'acme/b', stream: 'stdout', line: 'compiling' },
  { type: 'progress', id: 'x', label: 'Packing application', bytes: 2_000_000, done: true },
  { type: 'progress', id: 'y', label: 'Too small for a line', bytes: 20, done: true },
  { type: 'layer', name: 'application', action: 'made', sizeBytes: 12_345_678 },
  { type: 'output-written', place: 'oci:out', reference: 'oci:out:latest', digest: digestOf('') },
];

test.each(['quiet', 'normal', 'verbose'] as const)(
  'plainRenderer() writes %s lines to standard error alone',
  (verbosity) => {
    const [stdout, stderr] = [collector(), collector()];
    const renderer = plainRenderer({ stdout, stderr, style: plain, verbosity });
    for (const event of events) renderer.event(event);
    renderer.close();
    expect(stdout.text).toBe('');
    expect(stderr.text).toMatchSnapshot();
  },
);

const trials: readonly Event[] = [
  { type: 'phase', phase: 'detect' },
  { type: 'output', source: 'acme/a', stream: 'stdout', line: 'no such program' },
  { type: 'detected', buildpack: 'acme/a', version: '1.0.0', result: 'error', reason: 'status 127' },
];

test.each([
  {
    what: 'once, in the error that none fits',
    verbosity: 'normal',
    error: new TsbuildpackError('DETECT_NO_GROUP_ERRORS', 'No', { detail: 'acme/a failed: status 127' }),
    shown: 'Error [DETECT_NO_GROUP_ERRORS] No\n  acme/a failed: status 127\n',
  },
  {
    what: 'before another error',
    verbosity: 'normal',
    error: new TsbuildpackError('ORDER_INVALID', 'No'),
    shown: '[acme/a] no such program\nerr   acme/a@1.0.0: status 127\nError [ORDER_INVALID] No\n',
  },
  {
    what: 'as it comes, if verbose',
    verbosity: 'verbose',
    error: new TsbuildpackError('DETECT_NO_GROUP', 'No'),
    shown: '[acme/a] no such program\nerr   acme/a@1.0.0: status 127\nError [DETECT_NO_GROUP] No\n',
  },
] as const)('plainRenderer() writes what came of a buildpack in detection $what', ({ verbosity, error, shown }) => {
  const [stdout, stderr] = [collector(), collector()];
  const renderer = plainRenderer({ stdout, stderr, style: plain, verbosity });
  for (const event of trials) renderer.event(event);
  renderer.error(showError(error, plain, false));
  renderer.close();
  expect(stderr.text).toBe(`===> DETECTING\n${shown}`);
});

test('plainRenderer() writes results to standard output alone', () => {
  const [stdout, stderr] = [collector(), collector()];
  plainRenderer({ stdout, stderr, style: plain, verbosity: 'quiet' }).result({
    lines: ['app@sha256:1', 'x'],
    json: {},
  });
  expect(stdout.text).toBe('app@sha256:1\nx\n');
  expect(stderr.text).toBe('');
});

test('jsonRenderer() writes one object a line, the result last', () => {
  const stdout = collector();
  const renderer = jsonRenderer(stdout);
  for (const event of events) renderer.event(event);
  renderer.result({ lines: ['not here'], json: { digest: 'd' } });
  const lines = stdout.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toHaveLength(events.length + 1);
  expect(lines.at(-1)).toEqual({ type: 'result', exitCode: 0, digest: 'd' });
});

test('showError() shows code, message, detail and hint, and gives the documented exit code', () => {
  const error = new TsbuildpackError('DETECT_NO_GROUP', 'Cannot find a buildpack for "/app"', {
    detail: 'fail a\nfail b',
    hint: 'Name one',
    cause: new Error('deeper'),
  });
  const shown = showError(error, plain, false);
  expect(shown.lines.join('\n')).toMatchInlineSnapshot(`
    "Error [DETECT_NO_GROUP] Cannot find a buildpack for "/app"
      fail a
      fail b

      Name one"
  `);
  expect(shown.exitCode).toBe(20);
  expect(showError(error, plain, true).lines.at(-1)).toBe('  caused by: deeper');
});

test.each<ErrorCode>(['REGISTRY_UNAVAILABLE', 'NETWORK_UNAVAILABLE'])(
  'showError() says of %s that trying again may help',
  (code) => {
    const shown = showError(new TsbuildpackError(code, 'Cannot'), plain, false);
    expect(shown.exitCode).toBe(75);
    expect(shown.lines.at(-1)).toContain('Trying again may help');
  },
);

test('showError() calls an error that is not ours a mistake of the tool', () => {
  const shown = showError(new TypeError('x is not a function'), plain, false);
  expect(shown.exitCode).toBe(1);
  expect(shown.lines[0]).toContain('[INTERNAL]');
  expect(shown.lines.join('\n')).toContain('x is not a function');
});

test('eventLines() lets nobody move the cursor, set the title or hide lines', () => {
  const line = 'a\u001b]0;title\u0007b\u001b[2Jc\rd\u009be';
  const [text = ''] = eventLines({ type: 'output', source: 's', stream: 'stdout', line }, plain, 'normal');
  // oxlint-disable-next-line no-control-regex -- none may be left
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

test('printable() keeps colours only where they are wanted', () => {
  expect(printable('\u001b[31mred\u001b[0m', { keepColors: true })).toBe('\u001b[31mred\u001b[0m');
  expect(printable('\u001b[31mred\u001b[0m')).toBe('red');
});

test.each([
  [{}, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [{ isTTY: true }, {}, true],
  [{ isTTY: true }, { NO_COLOR: '' }, true],
  [{ isTTY: true }, { TERM: 'dumb' }, false],
  [{}, {}, false],
  [{}, { FORCE_COLOR: '1' }, true],
  [{ isTTY: true }, { FORCE_COLOR: '0' }, false],
])('styleFor() with %o and %o has colours: %s', (stream, env, colors) => {
  expect(styleFor(stream, env).bold('x') !== 'x').toBe(colors);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 KB'],
  [123_456_789, '123 MB'],
])('formatBytes(%d) is %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('formatDuration() and formatTable() write for people', () => {
  expect([340, 2500, 200_000].map(formatDuration)).toEqual(['340 ms', '2.5 s', '3 min 20 s']);
  expect(
    formatTable([
      ['a', 'bb'],
      ['ccc', ''],
    ]),
  ).toEqual(['a    bb', 'ccc']);
});
