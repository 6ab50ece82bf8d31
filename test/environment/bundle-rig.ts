import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { folderFor, runAs } from '../rootless.ts';
import type { BundleDriver, BundleRequest } from './bundle-contract.ts';
import { busyboxConfig, busyboxEntries, driveBundle, makeBundleDriver, temporaryDir } from './bundle-contract.ts';
import type { Who } from './environment-contract.ts';
import { everybody } from './environment-contract.ts';

export interface Writer extends Who {
  readonly withoutRanges: boolean;
  /** What the image's user 1002:1000 is in the container. */
  readonly runsAs: string;
}

export const writers: readonly Writer[] = everybody().flatMap((who): readonly Writer[] =>
  who.user.uid === 0
    ? [{ ...who, withoutRanges: false, runsAs: '1002:1000' }]
    : [
        { ...who, name: `${who.name} with id ranges`, withoutRanges: false, runsAs: '1002:1000' },
        { ...who, name: `${who.name} without id ranges`, withoutRanges: true, runsAs: '0:0' },
      ],
);

type WriteRequest = BundleRequest & { readonly do: 'write' };

export interface BundleRig {
  readonly made: BundleDriver;
  /** With a file system of busybox. */
  readonly layerFile: string;
  homeOf(who: Who): string;
  /** Writes a bundle that runs a shell script. */
  bundleOf(
    who: Writer,
    script: string,
    more?: Partial<WriteRequest>,
  ): Promise<{ readonly dir: string; readonly home: string }>;
  remove(): Promise<void>;
}

/** What the bundle suites share: the driver, a layer, homes that are removed at the end. */
export async function bundleRig(): Promise<BundleRig> {
  const made = await makeBundleDriver();
  const layerFile = made.layerFile(busyboxEntries());
  const folders: { readonly path: string; readonly who: Who }[] = [];
  function homeOf(who: Who): string {
    const path = folderFor(who.user);
    folders.push({ path, who }, { path: temporaryDir(who, path), who });
    return path;
  }
  return {
    made,
    layerFile,
    homeOf,
    async bundleOf(who, script, more = {}) {
      const home = homeOf(who);
      const dir = join(home, 'bundle');
      const config = busyboxConfig(['/bin/sh', '-c', script, 'sh']);
      const { withoutRanges } = who;
      const request = { do: 'write' as const, dir, config, layerFiles: [layerFile], withoutRanges, ...more, home };
      const { exitCode, stderr } = await driveBundle(made.program, who, request);
      if (exitCode !== 0) throw new Error(stderr);
      return { dir, home };
    },
    async remove() {
      for (const { path, who } of folders) {
        // Files of other ids: only their namespace, or root, can remove them.
        if (process.getuid?.() === 0) rmSync(path, { recursive: true, force: true });
        else await runAs(who.user, ['unshare', '--map-root-user', '--map-auto', 'rm', '-rf', path]);
      }
    },
  };
}
