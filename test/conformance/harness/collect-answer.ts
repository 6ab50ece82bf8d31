import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsbuildpackError } from '../../../src/errors.ts';
import { layoutSource } from '../../../src/image/layout-place.ts';
import { diffIdOfBytes } from './diff-id-of-bytes.ts';
import {
  valueAt,
  type BuildAnswer,
  type CacheAnswer,
  type DetectedAnswer,
  type ImageAnswer,
  type LayerAnswer,
  type ProgramAnswer,
} from './answer.ts';
import { canonicalAnswer, configLayer } from './canonical-answer.ts';
import { entryLine } from './entry-line.ts';
import { withoutOwnNumbers, type OwnNumbers } from './own-numbers.ts';
import { collectCacheImage, type CacheImageLeft } from './collect-cache-image.ts';
import { pullImage } from './registry.ts';
import { tree } from './list-tree.ts';
import { asJson, tomlOrText } from './toml-as-json.ts';
import { places } from './materialize.ts';
import { listEntries } from '../../../src/layer/list-entries.ts';
import type { Image } from '../../../src/image/image.ts';
import type { Layer } from '../../../src/layer/layer.ts';

const documents = ['group.toml', 'plan.toml', 'analyzed.toml', 'report.toml', 'config/metadata.toml'];
const appLayout: string = join(places.layout, 'index.docker.io', 'library', 'app', 'latest');

/** What was there before a build. */
interface FoundBefore {
  /** Of the image. */
  readonly found: OwnNumbers | undefined;
  /** Of the cache image. */
  readonly cacheBefore: CacheImageLeft | undefined;
}

interface Left {
  readonly answer: BuildAnswer;
  readonly written: OwnNumbers | undefined;
  readonly cacheWritten: CacheImageLeft | undefined;
}

/** Reads what a build left on the machine. */
export async function collectAnswer(
  exit: number,
  { found, registry, cacheBefore }: FoundBefore & { readonly registry: boolean },
): Promise<Left> {
  const written = registry ? await pullImage('app') : await imageInLayout();
  const collected = written && (await imageAnswer(written));
  const cached = registry ? await collectCacheImage(cacheBefore) : undefined;
  const answer: BuildAnswer = {
    exit,
    ...leftOnDisk(),
    ...(exit === 0 && collected && { image: collected.answer }),
    ...(cached && { cacheImage: cached.answer }),
  };
  const reported = registry ? await reportedNumbers(answer) : undefined;
  return {
    answer: canonicalAnswer(withoutOwnNumbers(answer, { found, written: reported ?? collected?.numbers })),
    written: collected?.numbers,
    cacheWritten: cached,
  };
}

function leftOnDisk(): Pick<BuildAnswer, 'programs' | 'documents' | 'buildSbom' | 'cache'> {
  const sbom = join(places.layers, 'sbom', 'build');
  const committed = join(places.cache, 'committed');
  return {
    programs: Object.fromEntries(
      readdirSync(places.probe)
        .toSorted()
        .map((name) => [name, program(name)]),
    ),
    documents: readDocuments(),
    ...(existsSync(sbom) && { buildSbom: tree(sbom) }),
    ...(existsSync(committed) && { cache: cache(committed) }),
  };
}

/** The image that a report is about may have a name of its own. */
async function reportedNumbers({ documents: { 'report.toml': report } }: BuildAnswer): Promise<OwnNumbers | undefined> {
  const [, name] = /^[^/]+\/(.+)$/.exec(String(valueAt(report, 'image', 'tags', '0'))) ?? [];
  const image = name === undefined ? undefined : await pullImage(name);
  return image && { digest: image.digest, manifestBytes: image.manifestBytes.length, configDiffId: undefined };
}

function readDocuments(): BuildAnswer['documents'] {
  return Object.fromEntries(
    documents.filter((name) => existsSync(join(places.layers, name))).map((name) => [name, document(name)]),
  );
}

/** What is there right after the detector; `found` is of the image that was there before. */
export function collectDetected(found: OwnNumbers | undefined): DetectedAnswer {
  const generated = join(places.layers, 'generated');
  const { documents: read } = canonicalAnswer(
    withoutOwnNumbers({ exit: 0, programs: {}, documents: readDocuments() }, { found, written: undefined }),
  );
  return { documents: read, ...(existsSync(generated) && { generated: tree(generated) }) };
}

function program(name: string): ProgramAnswer {
  const dir = join(places.probe, name);
  const read = (file: string): string => readFileSync(join(dir, file), 'utf8');
  const isDetect = name.startsWith('detect ');
  const args = read('args').split('\0').slice(0, -1);
  const plan = isDetect ? 3 : 4;
  const [planFile, output] = [args[plan], args[2]];
  const env = Object.fromEntries(
    read('env')
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const)
      // The plan is in a directory of its own with a name made up.
      .map(([key, value]) => [key, value === planFile ? '<plan>' : value] as const)
      .map(([key, value]) => [key, value === output && isMadeUp(value) ? '<output>' : value] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  return {
    runs: read('runs').split('\n').length - 1,
    args: args.with(plan, '<plan>').map((argument, at) => (at === 2 && isMadeUp(argument) ? '<output>' : argument)),
    env,
    ...(!isDetect && { plan: tomlOrText(read('plan.toml')), restored: tree(join(dir, 'layers')) }),
  };
}

/** So is the place for what extensions generate, below Platform API 0.13. */
function isMadeUp(path: string): boolean {
  return path.startsWith(`${places.tmp}/`);
}

function document(name: string): unknown {
  return tomlOrText(readFileSync(join(places.layers, name), 'utf8'));
}

/** What a scenario put in the image's place need be none. */
async function imageInLayout(): Promise<Image | undefined> {
  if (!existsSync(appLayout)) return undefined;
  try {
    return await layoutSource({ directory: appLayout }).resolve();
  } catch (error) {
    if (error instanceof TsbuildpackError && error.code === 'IMAGE_INVALID') return undefined;
    throw error;
  }
}

async function imageAnswer({
  config,
  layers,
  digest,
  manifestBytes,
}: Image): Promise<{ readonly answer: ImageAnswer; readonly numbers: OwnNumbers }> {
  const answers: LayerAnswer[] = [];
  for (const layer of layers) answers.push(await layerAnswer(layer));
  return {
    answer: { layers: answers, config: withReadLabels(asJson(config)) },
    numbers: { digest, manifestBytes: manifestBytes.length, configDiffId: answers[configLayer(answers)]?.diffId },
  };
}

async function layerAnswer(layer: Layer): Promise<LayerAnswer> {
  const entries: string[] = [];
  for await (const entry of listEntries(() => layer.open())) entries.push(entryLine(entry));
  return { diffId: await diffIdOfBytes(layer), entries };
}

/** Labels that hold JSON are compared as what they say. */
function withReadLabels(config: unknown): unknown {
  return JSON.parse(JSON.stringify(config), (key, value: unknown) => {
    if (!key.startsWith('io.buildpacks.') || typeof value !== 'string' || !/^[[{]/.test(value)) return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  }) as unknown;
}

function cache(committed: string): CacheAnswer {
  const metadata = join(committed, 'io.buildpacks.lifecycle.cache.metadata');
  return {
    files: readdirSync(committed).toSorted(),
    metadata: existsSync(metadata) ? (JSON.parse(readFileSync(metadata, 'utf8')) as unknown) : null,
  };
}
