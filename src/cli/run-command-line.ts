import { TsbuildpackError } from '../errors.ts';
import type { Event } from '../events.ts';
import type { CommandResult, Options } from './command.ts';
import { flagOption } from './command.ts';
import { parseCommandLine, type ParsedCommandLine } from './parse-command-line.ts';
import { showError } from './render/error-lines.ts';
import type { Verbosity } from './render/event-lines.ts';
import { jsonRenderer } from './render/json-renderer.ts';
import { plainRenderer } from './render/plain-renderer.ts';
import type { Renderer } from './render/renderer.ts';
import { styleFor } from './render/style.ts';
import { listenForSignals } from './signals.ts';

/** Runs one command line from words to exit code. The only place that puts parser, command and renderer together. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  // What a build makes must not depend on the umask of who started it.
  process.umask(0o022);
  ignoreClosedPipes();
  const parsed = parseCommandLine(args);
  if (parsed.kind === 'text') {
    (parsed.exitCode === 0 ? process.stdout : process.stderr).write(parsed.text);
    return parsed.exitCode;
  }
  return await runCommand(parsed);
}

async function runCommand({ command, arguments: words, options }: CommandCall): Promise<number> {
  const renderer = await makeRenderer(options);
  const signals = listenForSignals();
  try {
    const module = await command.load();
    const result = await module.run({
      arguments: words,
      options,
      env: process.env,
      cwd: process.cwd(),
      report: (event: Event) => renderer.event(event),
      signal: signals.signal,
      now: clock(process.env),
      releaseSignals: () => signals.close(),
    });
    return finish(renderer, result);
  } catch (error) {
    const shown = showError(
      signals.reason() ?? error,
      styleFor(process.stderr, process.env),
      verbosityOf(options) === 'verbose',
    );
    renderer.error(shown);
    renderer.close();
    return shown.exitCode;
  } finally {
    signals.close();
  }
}

type CommandCall = Extract<ParsedCommandLine, { kind: 'command' }>;

function finish(renderer: Renderer, result: CommandResult): number {
  renderer.result(result);
  renderer.close();
  return result.exitCode ?? 0;
}

function verbosityOf(options: Options): Verbosity {
  if (flagOption(options, 'quiet')) return 'quiet';
  return flagOption(options, 'verbose') ? 'verbose' : 'normal';
}

async function makeRenderer(options: Options): Promise<Renderer> {
  const { stdout, stderr, env } = process;
  if (flagOption(options, 'json')) return jsonRenderer(stdout);
  const verbosity = verbosityOf(options);
  const plain = { stdout, stderr, style: styleFor(stderr, env), verbosity };
  if (!stderr.isTTY || env['CI'] || env['TERM'] === 'dumb' || verbosity === 'quiet') return plainRenderer(plain);
  const { liveRenderer } = await import('./render/live-renderer.ts');
  return liveRenderer({ ...plain, stderr });
}

/**
 * Our own clock, moved by TSBUILDPACK_CLOCK_OFFSET seconds: how the tests prove that no result depends on the day. Children
 * and downloads keep the real one.
 */
function clock(env: Readonly<Record<string, string | undefined>>): () => Date {
  const offsetSeconds = Number(env['TSBUILDPACK_CLOCK_OFFSET'] ?? 0);
  if (!Number.isFinite(offsetSeconds)) {
    throw new TsbuildpackError('USAGE', 'Cannot read TSBUILDPACK_CLOCK_OFFSET: it must be a number of seconds');
  }
  return () => new Date(Date.now() + offsetSeconds * 1000);
}

/** `tsbuildpack … | head` is no failure of ours. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
