import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

export interface CoveredDescriptors {
  /** What `spawn` takes for descriptors 3 and up. */
  readonly stdio: readonly ('ignore' | number)[];
  /** To be called when the child was started. */
  close(): void;
}

/**
 * Files that whoever started this process left open to it, such as a shell's `<(command)` or a runner's log, would be inherited by its
 * children too: Node closes only its own. In the child the empty file stands in their place. Undefined when there are none.
 */
export function coverDescriptors(): CoveredDescriptors | undefined {
  const inherited = inheritedDescriptors();
  const last = inherited.at(-1);
  if (last === undefined) return undefined;
  const empty = openSync('/dev/null', 'r');
  const stdio = Array.from({ length: last - 2 }, (_, index) => (inherited.includes(index + 3) ? empty : 'ignore'));
  return { stdio, close: () => closeSync(empty) };
}

/** The descriptors beyond the standard streams that exec(2) leaves open, in order. None where there is no /proc. */
function inheritedDescriptors(): readonly number[] {
  try {
    const numbers = readdirSync('/proc/self/fdinfo').map(Number);
    return numbers.filter((number) => number > 2 && !closesOnExec(number)).toSorted((a, b) => a - b);
  } catch {
    return [];
  }
}

/** O_CLOEXEC in the octal flags: https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html */
function closesOnExec(descriptor: number): boolean {
  try {
    const [, flags = '0'] = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
    return (Number.parseInt(flags, 8) & 0o2000000) !== 0;
  } catch {
    // Closed meanwhile, as the one that the list was read with.
    return true;
  }
}
