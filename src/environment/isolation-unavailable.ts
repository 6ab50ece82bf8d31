import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import type { Attempt } from './sandbox-attempts.ts';

/** No way to `real` works. */
export function unavailable(attempts: readonly Attempt[]): TsbuildpackError {
  return failure('Cannot make an isolated build environment: no way to it works here', {
    attempts,
    instead: ['Use --isolation mapped for buildpacks that can be relocated, as the built-in ones can'],
  });
}

/** No way to `image` works; nothing else is as good, so nothing is taken in its place unasked. */
export function imageUnavailable(root: string, attempts: readonly Attempt[]): TsbuildpackError {
  // The programs that every sandbox starts with; as they are in the image, where a symlink leads nowhere from here.
  const lacks = ['/bin', '/usr/bin'].every((dir) => !existsSync(join(root, dir)));
  if (lacks) {
    return new TsbuildpackError(
      'ISOLATION_UNAVAILABLE',
      'Cannot build in the build image: it has no programs (/bin/sh, /usr/bin/env)',
      { hint: 'Name an image with a shell and the tools that the buildpacks need' },
    );
  }
  return failure('Cannot make a build environment of the build image: no way to it works here', {
    attempts,
    instead: [
      "Or build over the machine's own system: --isolation real where that works, or --isolation mapped for buildpacks that can be relocated, as the built-in ones can",
    ],
  });
}

/** The network cannot be taken away from what runs without a sandbox. */
export function noNetworkIsolation(attempts: readonly Attempt[]): TsbuildpackError {
  return failure('Cannot build without a network: that takes a sandbox, and there is none here', {
    attempts,
    instead: ['Leave --network none out, and --isolation mapped if you asked for it'],
  });
}

interface Failure {
  readonly attempts: readonly Attempt[];
  readonly instead: readonly string[];
}

function failure(message: string, { attempts, instead }: Failure): TsbuildpackError {
  const remedies = [...new Set(attempts.map(({ remedy }) => remedy).filter((remedy) => remedy !== undefined))];
  return new TsbuildpackError('ISOLATION_UNAVAILABLE', message, {
    ...(attempts.length > 0 && { detail: attempts.map(describeAttempt).join('\n') }),
    hint: [...remedies, ...instead].join('\n'),
  });
}

export function describeAttempt({ mechanism, works, reason }: Attempt): string {
  return works ? `${mechanism}: works` : `${mechanism}: ${reason ?? 'does not work'}`;
}
