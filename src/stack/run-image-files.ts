import * as v from 'valibot';
import type { Report } from '../events.ts';
import type { Image } from '../image/image.ts';
import type { Store } from '../store/store.ts';
import type { ImageFiles, ImageNode } from './image-files.ts';
import { imageFiles } from './image-files.ts';
import type { LayerScan } from './layer-scan.ts';
import { flattenScans, scanLayer } from './layer-scan.ts';

export interface RunImageFilesOptions {
  readonly store: Pick<Store, 'document'>;
  readonly report: Report;
  /** For messages. */
  readonly name: string;
}

/**
 * What of the files of an image matters for starting programs in it. Each layer is read once (fetched, when it is in a registry) and
 * remembered by its digest.
 */
export async function runImageFiles(image: Image, { store, report, name }: RunImageFilesOptions): Promise<ImageFiles> {
  const scans: LayerScan[] = [];
  let told = false;
  for (const layer of image.layers) {
    const document = store.document(`layer scan 1 ${layer.diffId}`);
    const known = parseScan(await document.read());
    if (known !== undefined) {
      scans.push(known);
      continue;
    }
    if (!told) report({ type: 'info', message: `Looking at the files of ${name}, once` });
    told = true;
    const scan = await scanLayer(layer);
    await document.write(JSON.stringify(scan));
    scans.push(scan);
  }
  return imageFiles(flattenScans(scans));
}

const strings = v.array(v.string());
const facts = v.object({
  arch: v.exactOptional(v.string()),
  needed: strings,
  runpath: strings,
  rpath: strings,
  versionNeeds: v.array(v.object({ library: v.string(), version: v.string(), weak: v.boolean() })),
  versionDefinitions: strings,
});
const node: v.GenericSchema<unknown, ImageNode> = v.variant('type', [
  v.object({ type: v.literal('directory') }),
  v.object({ type: v.literal('symlink'), target: v.string() }),
  v.object({ type: v.literal('file'), text: v.exactOptional(v.string()), elf: v.exactOptional(facts) }),
]);
const schema = v.object({ nodes: v.array(v.tuple([v.string(), node])), removed: strings, emptied: strings });

function parseScan(bytes: Buffer | undefined): LayerScan | undefined {
  if (bytes === undefined) return undefined;
  try {
    const found = v.safeParse(schema, JSON.parse(bytes.toString('utf8')));
    return found.success ? found.output : undefined;
  } catch {
    return undefined;
  }
}
