import { createReadStream, readFileSync } from 'node:fs';
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
  const report = (event: Event): void => void process.stderr.write(`${JSON.stringify(event)}\n`);
  try {
    if (request.do === 'run') return await runBundle(request.dir, { ...request.options, report });
    const { dir, config, layerFiles, withoutRanges = false, options } = request;
    const none = {
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      userName: '',
      subuid: '',
      subgid: '',
      hasTools: false,
    };
    const layers = layerFiles.map((file) => {
      const digest = digestOf(readFileSync(file));
      const mediaType = 'application/vnd.oci.image.layer.v1.tar';
      return { mediaType, digest, diffId: digest, sizeBytes: 0, open: async () => createReadStream(file) };
    });
    await writeBundle({ config, layers }, dir, {
      ...options,
      report,
      ...(withoutRanges ? { ids: findIdMapping(none) } : {}),
    });
    return 0;
  } catch (error) {
    if (!(error instanceof TsbuildpackError)) throw error;
    const { code, message, detail, hint } = error;
    process.stderr.write(`${JSON.stringify({ type: 'error', code, message, detail, hint })}\n`);
    return 99;
  }
}

process.exitCode = await main();
