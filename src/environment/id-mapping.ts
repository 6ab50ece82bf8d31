import { readableText } from '../fs/readable-text.ts';
import { findCaller } from './caller.ts';
import { findProgram } from './find-program.ts';
import type { RuntimeIdMapping } from './runtime-spec.ts';

/** How the ids of an image become ids of this machine for whoever starts a bundle. */
export type IdMapping =
  /** Root: as they are. */
  | { readonly kind: 'host' }
  /** A user with id ranges of his own: 0 is the caller, the others come out of the ranges. */
  | { readonly kind: 'ranges'; readonly uids: readonly RuntimeIdMapping[]; readonly gids: readonly RuntimeIdMapping[] }
  /** A user without: 0 is the caller, and there are no others. */
  | {
      readonly kind: 'single';
      readonly uids: readonly RuntimeIdMapping[];
      readonly gids: readonly RuntimeIdMapping[];
      /** Why there are no others. */
      readonly reason: string;
    };

/** Where ids come from; an argument for tests. */
export interface IdMappingFacts {
  readonly uid: number;
  readonly gid: number;
  readonly userName: string;
  /** Text of /etc/subuid and /etc/subgid. */
  readonly subuid: string;
  readonly subgid: string;
  /** Whether newuidmap and newgidmap are installed. */
  readonly hasTools: boolean;
}

/** https://man7.org/linux/man-pages/man5/subuid.5.html */
export function findIdMapping(facts: IdMappingFacts = thisCaller()): IdMapping {
  const { uid, gid, userName } = facts;
  if (uid === 0) return { kind: 'host' };
  const uids = [{ containerID: 0, hostID: uid, size: 1 }];
  const gids = [{ containerID: 0, hostID: gid, size: 1 }];
  const single = (reason: string): IdMapping => ({ kind: 'single', uids, gids, reason });
  if (!facts.hasTools) return single('newuidmap and newgidmap are not installed (package uidmap)');
  const uidRange = largestRange(facts.subuid, [userName, String(uid)]);
  const gidRange = largestRange(facts.subgid, [userName, String(uid)]);
  if (uidRange === undefined || gidRange === undefined) {
    return single(
      `${uidRange === undefined ? '/etc/subuid' : '/etc/subgid'} has no range for "${userName === '' ? uid : userName}"`,
    );
  }
  return { kind: 'ranges', uids: [...uids, uidRange], gids: [...gids, gidRange] };
}

/** The id on this machine of an id in the image; undefined when it has none. */
export function hostId(id: number, mappings: readonly RuntimeIdMapping[]): number | undefined {
  const mapping = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return mapping === undefined ? undefined : mapping.hostID + id - mapping.containerID;
}

function largestRange(text: string, owners: readonly string[]): RuntimeIdMapping | undefined {
  const ranges = text
    .split('\n')
    .map((line) => line.trim().split(':'))
    .filter(([owner = '']) => owner !== '' && owners.includes(owner))
    .map(([, start, count]) => ({ containerID: 1, hostID: Number(start), size: Number(count) }))
    .filter(({ hostID, size }) => Number.isSafeInteger(hostID) && Number.isSafeInteger(size) && size > 0);
  return ranges.toSorted((a, b) => b.size - a.size)[0];
}

function thisCaller(): IdMappingFacts {
  const { uid, gid, name } = findCaller();
  return {
    uid,
    gid,
    userName: name,
    subuid: readableText('/etc/subuid') ?? '',
    subgid: readableText('/etc/subgid') ?? '',
    hasTools: findProgram('newuidmap') !== undefined && findProgram('newgidmap') !== undefined,
  };
}
