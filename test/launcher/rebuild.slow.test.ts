import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type BinaryRecord, buildLaunchers, readRecord } from '../../scripts/launcher/record.ts';
import { sharedDirectory } from '../temporary-directory.ts';
import { launcherContract } from './launcher-contract.ts';
import type { LauncherUnderTest } from './run-launcher.ts';

const folder = sharedDirectory('tsbuildpack-rebuild');

const nativePlatform = process.arch === 'arm64' ? 'linux-arm64' : 'linux-amd64';
const emulators: Readonly<Record<string, string>> = {
  'linux-amd64': '/usr/bin/qemu-x86_64-static',
  'linux-arm64': '/usr/bin/qemu-aarch64-static',
};

const toolchain = ({ compiler, linker, musl }: BinaryRecord): string => JSON.stringify({ compiler, linker, musl });
const recorded = readRecord();
const built = buildLaunchers(folder);
const platforms = Object.keys(recorded.binaries);
const others = platforms.filter((name) => toolchain(built.binaries[name]!) !== toolchain(recorded.binaries[name]!));

test('rebuilding gives the same bytes where the toolchain is the same', () => {
  const same = (binaries: Readonly<Record<string, BinaryRecord>>): object =>
    Object.fromEntries(Object.entries(binaries).filter(([name]) => !others.includes(name)));
  expect(same(built.binaries)).toEqual(same(recorded.binaries));
});

// Another toolchain gives other bytes, which then have to do everything.
for (const platform of others) {
  const [here, there] = [built, recorded].map(({ binaries }) => toolchain(binaries[platform]!));
  process.stderr.write(`Notice: ${platform} was built with ${there}, here is ${here}: the fresh binary is tested\n`);
  const emulated = platform !== nativePlatform;
  const makeLauncher = (): LauncherUnderTest => ({
    file: join(folder, platform, 'launcher'),
    ...(emulated && { emulator: emulators[platform]! }),
  });
  launcherContract(`rebuilt for ${platform}`, makeLauncher, { emulated });
}
