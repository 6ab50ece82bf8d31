import { join } from 'node:path';
import { prebuiltFolder } from '../../scripts/launcher/record.ts';
import { launcherContract } from './launcher-contract.ts';
import type { LauncherUnderTest } from './run-launcher.ts';

function launcherForArm64(): LauncherUnderTest {
  return {
    file: join(prebuiltFolder, 'linux-arm64', 'launcher'),
    emulator: '/usr/bin/qemu-aarch64-static',
  };
}

launcherContract('for arm64 in an image', launcherForArm64, { emulated: true });
