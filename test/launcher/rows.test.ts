import { launcherContract } from './launcher-contract.ts';
import { prebuiltLauncher } from './run-launcher.ts';

// The slow suites run all generated cases.
launcherContract('the launcher in an image', prebuiltLauncher, { generated: 40 });
