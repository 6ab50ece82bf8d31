// `npm run build`: everything under dist/ and THIRD_PARTY_LICENSES, from nothing but the sources.
import { buildPackage } from './build/build-package.ts';
import { repositoryRoot } from './repository-root.ts';

const { outputs, bytes } = await buildPackage(repositoryRoot, { declarations: true, prune: true });
console.log(`dist: ${outputs.length} files, ${(bytes / 1024).toFixed(0)} KiB of JavaScript`);
