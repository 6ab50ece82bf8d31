import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemErrorCode } from './system-error.ts';

/** Which process, in a way that survives the reuse of process ids. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot (field 22 of proc_pid_stat(5)); `0` where there is no /proc. */
  readonly startTime: string;
  /** Names the machine since its last start and the pid namespace: only inside one can a pid be asked for. */
  readonly space: string;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? '0', space: ownSpace() };
}

/** Whether the process still runs; `unknown` when it is of another machine or container. */
export function isRunning(identity: ProcessIdentity): boolean | 'unknown' {
  if (identity.space !== ownSpace()) return 'unknown';
  if (identity.startTime !== '0') return startTimeOf(identity.pid) === identity.startTime;
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The program's name, in parentheses, may hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

let space: string | undefined;

function ownSpace(): string {
  space ??= createHash('sha256').update(`${bootId()}\n${pidNamespace()}`).digest('hex').slice(0, 16);
  return space;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return hostname();
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
