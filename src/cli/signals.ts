import { TsbuildpackError } from '../errors.ts';

export interface SignalWatch {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP: children are stopped and what was begun is cleaned up. */
  readonly signal: AbortSignal;
  /** The error that stands for the signal that came, if one came: whatever failed afterwards failed because of it. */
  reason(): TsbuildpackError | undefined;
  close(): void;
}

const exits = { SIGINT: 'INTERRUPTED', SIGTERM: 'TERMINATED', SIGHUP: 'TERMINATED' } as const;
const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The second signal ends the process at once, as people expect of Ctrl-C twice. */
export function listenForSignals(): SignalWatch {
  const controller = new AbortController();
  let reason: TsbuildpackError | undefined;
  const onSignal = (name: keyof typeof exits): void => {
    if (reason !== undefined) {
      process.removeListener(name, onSignal);
      process.kill(process.pid, name);
      return;
    }
    reason = new TsbuildpackError(exits[name], `Stopped by ${name}`);
    controller.abort(reason);
  };
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    reason: () => reason,
    close: () => {
      for (const name of names) process.removeListener(name, onSignal);
    },
  };
}
