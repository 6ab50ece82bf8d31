import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ControlGroup {
  readonly dir: string;
  /** Removes it, when nothing runs in it any more. */
  remove(): void;
}

/**
 * A control group that holds so many processes, where the caller may make one: as a rule root, and not in a container. The limit that
 * everybody has, RLIMIT_NPROC, is none for root's processes. https://docs.kernel.org/admin-guide/cgroup-v2.html,
 * https://docs.kernel.org/admin-guide/cgroup-v1/pids.html
 */
export function limitedGroup(maxProcesses: number): ControlGroup | undefined {
  for (const parent of parents()) {
    const dir = join(parent, `tsbuildpack-${process.pid}-${randomBytes(4).toString('hex')}`);
    try {
      mkdirSync(dir);
    } catch {
      continue;
    }
    if (setLimit(join(dir, 'pids.max'), maxProcesses)) return { dir, remove: () => removeGroup(dir) };
    removeGroup(dir);
  }
  return undefined;
}

function setLimit(file: string, maxProcesses: number): boolean {
  // Not there: the controller is not on for groups at this place.
  if (!existsSync(file)) return false;
  try {
    writeFileSync(file, String(maxProcesses));
    return true;
  } catch {
    return false;
  }
}

/** Our own group, or what holds it: in version 2 only a group without processes may have such groups below it. */
function parents(): readonly string[] {
  const mounts = lines('/proc/self/mountinfo').map((line) => line.split(' '));
  const groups = lines('/proc/self/cgroup').map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? []);
  return groups.flatMap(([, controllers = '', path = '/']) => {
    const isUnified = controllers === '';
    if (!isUnified && !controllers.split(',').includes('pids')) return [];
    const mount = mounts.find((fields) => {
      const type = fields[fields.indexOf('-') + 1];
      return isUnified ? type === 'cgroup2' : type === 'cgroup' && (fields.at(-1) ?? '').split(',').includes('pids');
    });
    const at = mount?.[4];
    if (at === undefined) return [];
    return path === '/' ? [at] : [join(at, path), join(at, path, '..')];
  });
}

function removeGroup(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // A process that was killed just now has not quite gone; an empty group costs nothing.
  }
}

function lines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n');
  } catch {
    return [];
  }
}
