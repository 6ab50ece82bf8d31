import { TsbuildpackError } from '../errors.ts';
import type { RuntimeUser } from './runtime-spec.ts';

export interface ImageUser extends RuntimeUser {
  /** The account's home; `/` when there is no account. */
  readonly home: string;
}

export interface AccountTexts {
  /** Text of the image's /etc/passwd and /etc/group; empty where there is none. */
  readonly passwd: string;
  readonly group: string;
}

/**
 * Who `User` of an image's config is: `name`, `uid`, `name:group`, `uid:gid` and their mixtures
 * (https://github.com/opencontainers/image-spec/blob/main/conversion.md#configuser). Empty means root. Without a group it is the
 * account's own, and the groups that list the account come with it; an unknown number has group 0. Throws RUN_FAILED for an unknown name.
 */
export function resolveImageUser(text: string, { passwd, group }: AccountTexts): ImageUser {
  const [userPart = '', groupPart] = text.split(':');
  const account = findAccount(userPart === '' ? '0' : userPart, records(passwd));
  const groups = records(group);
  const user = { uid: account.uid, home: account.home };
  if (groupPart !== undefined && groupPart !== '')
    return { ...user, gid: findGroup(groupPart, groups), additionalGids: [] };
  const additionalGids = groups
    .filter((fields) => (fields[3] ?? '').split(',').includes(account.name))
    .map(([, , gid]) => Number(gid));
  return { ...user, gid: account.gid, additionalGids: account.name === '' ? [] : additionalGids };
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

function findAccount(user: string, accounts: readonly Fields[]): Account {
  const isNumber = /^\d+$/.test(user);
  const found = accounts.find(([name]) => name === user) ?? accounts.find(([, , uid]) => isNumber && uid === user);
  if (found !== undefined) {
    const [name = '', , uid, gid, , home] = found;
    return { name, uid: idOf(uid), gid: idOf(gid), home: home === undefined || home === '' ? '/' : home };
  }
  if (isNumber) return { name: '', uid: idOf(user), gid: 0, home: '/' };
  throw new TsbuildpackError(
    'RUN_FAILED',
    `Cannot find user "${user}" in the image: its /etc/passwd has no such name`,
    {
      hint: 'Set the user by its number, for example 1000:1000',
    },
  );
}

function findGroup(name: string, groups: readonly Fields[]): number {
  const found = groups.find(([group]) => group === name);
  if (found !== undefined) return idOf(found[2]);
  if (/^\d+$/.test(name)) return idOf(name);
  throw new TsbuildpackError(
    'RUN_FAILED',
    `Cannot find group "${name}" in the image: its /etc/group has no such name`,
    {
      hint: 'Set the group by its number, for example 1000:1000',
    },
  );
}

function idOf(text: string | undefined): number {
  const id = Number(text);
  if (Number.isInteger(id) && id >= 0 && id < 2 ** 32) return id;
  throw new TsbuildpackError('RUN_FAILED', `Cannot use id "${text ?? ''}" of the image: ids go from 0 to 4294967295`);
}

type Fields = readonly string[];

function records(text: string): readonly Fields[] {
  return text
    .split('\n')
    .filter((line) => line.includes(':') && !line.startsWith('#'))
    .map((line) => line.trim().split(':'));
}
