import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { sharedDirectory } from '../temporary-directory.ts';

let compiled: Promise<string> | undefined;

/** Compiles store-user.ts for Node 20, which reads no TypeScript, once; gives a file that any user may run. */
export function storeUserProgram(): Promise<string> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<string> {
  const dir = sharedDirectory('store-user');
  chmodSync(dir, 0o755);
  const outfile = join(dir, 'store-user.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('store-user.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
  return outfile;
}
