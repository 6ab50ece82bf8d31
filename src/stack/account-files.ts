import type { GroupRule, UserRule } from '../debian/install-rules.ts';
import type { Stack } from './load-stack.ts';
import { stackFamily } from './load-stack.ts';

/**
 * `/etc/passwd` and `/etc/group` (https://man7.org/linux/man-pages/man5/passwd.5.html), when the stack names accounts: those of the
 * stacks that it extends come first.
 */
export function accountFiles(stack: Stack): readonly { readonly path: string; readonly text: string }[] {
  if (stack.document.users.length + stack.document.groups.length === 0) return [];
  const family = stackFamily(stack).toReversed();
  const users = byName(family.flatMap(({ document }) => document.users));
  const groups = byName(family.flatMap(({ document }) => document.groups));
  return [
    { path: '/etc/passwd', text: users.map(passwdLine).join('') },
    { path: '/etc/group', text: groups.map(groupLine).join('') },
  ];
}

/** The later one of a name counts, in the place of the first. */
function byName<T extends { readonly name: string }>(accounts: readonly T[]): readonly T[] {
  return [...new Map(accounts.map((account) => [account.name, account])).values()];
}

function passwdLine({ name, uid, gid, comment, home, shell }: UserRule): string {
  return `${name}:x:${uid}:${gid}:${comment}:${home}:${shell}\n`;
}

function groupLine({ name, gid, members }: GroupRule): string {
  return `${name}:x:${gid}:${members.join(',')}\n`;
}
