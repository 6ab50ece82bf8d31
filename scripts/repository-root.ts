import { packageRoot } from '../src/fs/package-root.ts';

/** The checkout that this script belongs to, wherever it was started from. */
export const repositoryRoot: string = packageRoot();
