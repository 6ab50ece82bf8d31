import * as v from 'valibot';
import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import { schemaProblems } from '../cnb/schema-problems.ts';
import { plainTableFromToml, tomlTableFromPlain } from '../cnb/toml-value.ts';
import { parseToml, writeToml } from '../cnb/toml.ts';
import { TsbuildpackError } from '../errors.ts';
import type { BuildLock, LockedBuildpack } from '../lifecycle/create-request.ts';

/** Its name, beside project.toml. */
export const lockFileName = 'tsbuildpack.lock';

/** What `tsbuildpack lock` writes: everything that floats in a build of this source, for each platform. */
export interface LockDocument {
  readonly platforms: readonly LockedPlatform[];
}

export interface LockedPlatform {
  /** `linux/amd64`. */
  readonly platform: string;
  readonly buildpacks: readonly LockedBuildpack[];
  readonly inputs: readonly ResolvedInput[];
}

// A document of our own: unknown keys are refused.
const schema = v.strictObject({
  version: v.literal(1),
  platforms: v.array(
    v.strictObject({
      platform: v.string(),
      buildpacks: v.array(v.strictObject({ id: v.string(), version: v.string(), digest: v.exactOptional(v.string()) })),
      inputs: v.array(v.strictObject({ name: v.string(), value: v.string(), reason: v.string() })),
    }),
  ),
});

/** Throws INVALID_INPUT naming the file. */
export function parseLock(text: string, file: string): LockDocument {
  const found = v.safeParse(schema, plainTableFromToml(parseToml(text, file, 'INVALID_INPUT')));
  if (found.success) return found.output;
  throw new TsbuildpackError('INVALID_INPUT', `Cannot read "${file}": it is no lock file of this version`, {
    detail: schemaProblems(found.issues, { schema }).join('\n'),
    hint: 'Write it anew: tsbuildpack lock',
  });
}

export function writeLock({ platforms }: LockDocument): string {
  const document = {
    version: 1n,
    platforms: platforms.map(({ platform, buildpacks, inputs }) => ({
      platform,
      buildpacks: buildpacks.map(({ id, version, digest }) => ({
        id,
        version,
        ...(digest !== undefined && { digest }),
      })),
      // Witnesses and times are about this machine and this day.
      inputs: inputs.map(({ name, value, reason }) => ({ name, value, reason })),
    })),
  };
  const head = '# Written by `tsbuildpack lock`: a build uses exactly these, or fails.\n';
  return head + writeToml(tomlTableFromPlain(document));
}

/** What a lock says about a platform. Throws LOCK_UNFIT when it says nothing. */
export function lockFor({ platforms }: LockDocument, platform: string, file: string): BuildLock {
  const found = platforms.find((entry) => entry.platform === platform);
  if (found !== undefined) return { file, inputs: found.inputs, buildpacks: found.buildpacks };
  throw new TsbuildpackError('LOCK_UNFIT', `Cannot build as ${file} says: it does not hold ${platform}`, {
    hint: `Lock all platforms at once: tsbuildpack lock ${[...platforms.map((entry) => entry.platform), platform].map((name) => `--platform ${name}`).join(' ')}`,
  });
}
