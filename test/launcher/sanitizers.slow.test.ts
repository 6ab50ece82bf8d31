import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { languageFlags, launcherSources } from '../../scripts/launcher/toolchain.ts';
import { sharedDirectory } from '../temporary-directory.ts';
import { checkedSources, testSources } from './decoder.ts';
import { launcherContract } from './launcher-contract.ts';
import { librariesOf, type LauncherUnderTest } from './run-launcher.ts';

const folder = sharedDirectory('tsbuildpack-sanitizers');

launcherContract('with AddressSanitizer and UndefinedBehaviorSanitizer', () => sanitizedLauncher());

function sanitizedLauncher(): LauncherUnderTest {
  const file = join(folder, 'launcher');
  const sources = [...checkedSources(), join(testSources, 'sanitizer-options.c')];
  const flags = [...languageFlags, `-I${launcherSources}`, '-g', '-O1'];
  const sanitizers = [
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover=all',
    '-static-libasan',
    '-static-libubsan',
  ];
  execFileSync('cc', [...flags, ...sanitizers, '-o', file, ...sources]);
  // The sanitizers read /proc, and those of Debian 12 cannot live with all address layouts of newer kernels.
  return { file, needs: librariesOf(file), options: 'pn' };
}
