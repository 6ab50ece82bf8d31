import { createReadStream, readFileSync } from 'node:fs';
import { findCaller } from '../../src/environment/caller.ts';
import { findIdMapping } from '../../src/environment/id-mapping.ts';
import { runBundle } from '../../src/environment/run-bundle.ts';
import { writeBundle } from '../../src/environment/write-bundle.ts';
import { TsbuildpackError } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { BundleRequest } from './bundle-contract.ts';

/** A program for the tests: writes or runs a bundle as whoever runs it. Standard output belongs to the container. */
async function main(): Promise<number> {
  const request = JSON.parse(process.argv[2] ?? '') as BundleRequest;
  try {
    return request.do === 'run' ? await run(request) : await write(request);
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return 98;
    if (!(error instanceof TsbuildpackError)) throw error;
    const { code, message, detail, hint } = error;
    process.stderr.write(`${JSON.stringify({ type: 'error', code, message, detail, hint })}\n`);
    return 99;
  }
}

function report(event: Event): void {
  process.stderr.write(`${JSON.stringify(event)}\n`);
}

async function run({ dir, options, abortAfterMs }: BundleRequest & { readonly do: 'run' }): Promise<number> {
  const signal = abortAfterMs === undefined ? undefined : AbortSignal.timeout(abortAfterMs);
  return await runBundle(dir, { ...options, report, signal });
}

async function write({
  dir,
  config,
  layerFiles,
  withoutRanges,
  options,
}: BundleRequest & { readonly do: 'write' }): Promise<number> {
  const { uid, gid } = findCaller();
  const none = { uid, gid, userName: '', subuid: '', subgid: '', hasTools: false };
  const layers = layerFiles.map((file) => {
    const digest = digestOf(readFileSync(file));
    const mediaType = 'application/vnd.oci.image.layer.v1.tar';
    return { mediaType, digest, diffId: digest, sizeBytes: 0, open: async () => createReadStream(file) };
  });
  const ids = withoutRanges === true ? { ids: findIdMapping(none) } : {};
  await writeBundle({ config, layers }, dir, { ...options, report, ...ids });
  return 0;
}

process.exitCode = await main();
