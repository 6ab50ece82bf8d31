import { chownSync, lchownSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { TsbuildpackError } from '../../errors.ts';
import { walk } from '../../fs/walk.ts';
import { generalStatus } from './phase-error.ts';

/** The detector and the builder run code of others, which must not be root (DET-21). */
export function refuseRoot(phase: string): void {
  if (process.getuid?.() !== 0) return;
  throw new TsbuildpackError('INVALID_INPUT', `Cannot run the ${phase} as root`, {
    hint: 'Run it as the build user: it starts buildpacks',
    exitCode: generalStatus.failed,
  });
}

/** As root: gives these directories to the build user, then becomes it (ANA-14). Without an id in the environment nothing changes. */
export function becomeBuildUser(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  directories: readonly string[],
): void {
  if (process.getuid?.() !== 0 || uid === 0) return;
  for (const dir of directories) if (dir !== '') giveTo(dir, { uid, gid });
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

function giveTo(dir: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  const stats = statSync(dir, { throwIfNoEntry: false });
  if (stats === undefined || (stats.uid === uid && stats.gid === gid)) return;
  for (const { path } of walk(dir)) {
    const found = lstatSync(path);
    if (found.uid !== uid || found.gid !== gid) lchownSync(path, uid, gid);
  }
  chownSync(dir, uid, gid);
}

/** HOME of the build user, as its account says: what the creator's buildpacks see, whoever called it (ENV-29). */
export function homeOf(uid: number): string | undefined {
  try {
    const account = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find((fields) => fields[2] === String(uid));
    return account?.[5] || undefined;
  } catch {
    return undefined;
  }
}
