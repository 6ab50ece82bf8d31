import { dirname } from 'node:path';
import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

const require = createRequire(import.meta.url);

/**
 * The tracer of dependencies imports the whole of node-pre-gyp, a program that downloads and publishes add-ons, for one function that it
 * has itself as well: its own is taken.
 */
export const nftPlugin: Plugin = {
  name: 'nft-without-node-pre-gyp',
  setup: (build) => {
    build.onResolve({ filter: /^@mapbox\/node-pre-gyp$/ }, () => ({ path: 'locator', namespace: 'nft' }));
    build.onLoad({ filter: /^locator$/, namespace: 'nft' }, () => ({
      contents: "module.exports = require('./utils/binary-locators.js').pregyp;",
      resolveDir: dirname(require.resolve('@vercel/nft')),
    }));
  },
};
