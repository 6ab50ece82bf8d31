import type { DebianPackage } from '../debian/debian-package.ts';
import type { PackageSource } from '../debian/distribution.ts';
import { mirrorTransport } from '../debian/mirror-transport.ts';
import type { OpenFile } from '../debian/open-file.ts';
import { openArchive } from '../debian/open-archive.ts';
import type { PackageArchive } from '../debian/package-archive.ts';
import { resolvePackages } from '../debian/resolve-packages.ts';
import { stackFamily } from './load-stack.ts';
import type { StackHalf, StackPart } from './stack-half.ts';
import type { StackOptions } from './stack-options.ts';

export interface FoundPackages {
  readonly archive: PackageArchive;
  /** Of each part of the half, in the order in which they are unpacked. */
  readonly packages: readonly (readonly DebianPackage[])[];
  readonly open: OpenFile;
}

/** The packages of a half as its archive has them now: each part's with all that they need and that no part below has. */
export async function findPackages(
  half: StackHalf,
  sources: readonly PackageSource[],
  options: StackOptions,
): Promise<FoundPackages> {
  const { distribution } = half;
  if (distribution === undefined) throw new Error(`Stack ${half.stack.name} has no packages`);
  const { platform, store, report, signal, env, ways } = options;
  const open = mirrorTransport({ env, signal, aptDir: ways.aptDir });
  // Debian's names of architectures are Go's where we can build for both.
  const { architecture } = platform;
  const archive = await openArchive(distribution, sources, {
    architecture,
    open,
    cache: store.blobs,
    document: (name) => store.document(name),
    report,
    // Whether a signature or a Release file is out of date is for the clock of the world: ours may be moved.
    now: () => new Date(),
    signal,
  });
  const packages: (readonly DebianPackage[])[] = [];
  for (const part of half.parts) {
    const wanted = part.document.packages;
    const without = leftOut(part).flatMap((name) => archive.candidate(name) ?? []);
    const installed = [...packages.flat(), ...without];
    packages.push(wanted.length === 0 ? [] : resolvePackages(archive, wanted, { installed }));
  }
  return { archive, packages, open };
}

function leftOut({ stack, document }: StackPart): readonly string[] {
  const inherited = stackFamily(stack).flatMap((each) => each.document.install.without);
  return [...new Set([...document.without, ...inherited])].filter((name) => !document.packages.includes(name));
}
