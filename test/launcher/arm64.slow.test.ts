import { join } from 'node:path';
import { prebuiltFolder } from '../../scripts/launcher/record.ts';
import { launcherContract } from './launcher-contract.ts';

launcherContract('for arm64 in an image', () => ({
  file: join(prebuiltFolder, 'linux-arm64', 'launcher'),
  emulator: '/usr/bin/qemu-aarch64-static',
}));
