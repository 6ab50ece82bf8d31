import { userInfo } from 'node:os';

export interface Caller {
  readonly uid: number;
  readonly gid: number;
  /** Empty when the user has no account, as in a cluster that gives every pod a user id of its own. */
  readonly name: string;
  /** `/` when the user has no account. */
  readonly home: string;
}

/** Who runs this process, by its user id alone: HOME can say anything. */
export function findCaller(): Caller {
  try {
    const { uid, gid, username, homedir } = userInfo();
    return { uid, gid, name: username, home: homedir };
  } catch {
    return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: '', home: '/' };
  }
}
