import { launcherContract } from './launcher-contract.ts';
import { prebuiltLauncher } from './run-launcher.ts';

// The slow suites run all generated cases.
launcherContract('in an image', prebuiltLauncher, { generated: 40 });
