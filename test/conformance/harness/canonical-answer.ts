import type { BuildAnswer, ImageAnswer, LayerAnswer } from './answer.ts';

type Json = Readonly<Record<string, unknown>>;

/** The same fact in one form: what has no order is sorted, what may be left out is there (PLN-13, PRC-20). */
export function canonicalAnswer(answer: BuildAnswer): BuildAnswer {
  const { 'plan.toml': plan, 'config/metadata.toml': metadata, ...others } = answer.documents;
  return {
    ...answer,
    programs: Object.fromEntries(
      Object.entries(answer.programs).map(([name, program]) => [
        name,
        {
          ...program,
          ...(program.plan !== undefined && { plan: canonicalPlan(program.plan) }),
          ...(program.restored && { restored: program.restored.map(withoutChance) }),
        },
      ]),
    ),
    documents: {
      ...others,
      ...(plan !== undefined && { 'plan.toml': canonicalPlan(plan) }),
      ...(metadata !== undefined && { 'config/metadata.toml': canonicalMetadata(metadata) }),
    },
    ...(answer.image && { image: canonicalImage(answer.image) }),
  };
}

/** Restored SBOM files have mode 644 or 666, depending on which of two places they came from. */
function withoutChance(line: string): string {
  return /\.sbom\.\w+\.json$/.test(line) ? line.replace(/^f 6(44|66) /, 'f - ') : line;
}

/** Entries come in the order of a Go map. */
function canonicalPlan(plan: unknown): unknown {
  if (!isTable(plan)) return plan;
  const entries: readonly unknown[] = Array.isArray(plan['entries']) ? plan['entries'] : [];
  return {
    ...plan,
    entries: entries
      .map(sortedJson)
      .toSorted()
      .map((text) => JSON.parse(text) as unknown),
  };
}

function canonicalMetadata(metadata: unknown): unknown {
  if (!isTable(metadata)) return metadata;
  const processes: readonly unknown[] = Array.isArray(metadata['processes']) ? metadata['processes'] : [];
  const slices = metadata['slices'];
  return {
    ...metadata,
    processes: processes.map((process) => (isTable(process) ? { args: [], ...process } : process)),
    ...(Array.isArray(slices) && { slices: slices.map((slice) => (isTable(slice) ? { paths: [], ...slice } : slice)) }),
  };
}

/**
 * The same TOML can be written in many ways, so the layer with metadata.toml is compared by its entries, and metadata.toml as the document
 * that it is; its digests count only as true or false.
 */
function canonicalImage({ layers, config }: ImageAnswer): ImageAnswer {
  const at = configLayer(layers);
  const own = layers[at];
  const text = JSON.stringify(config);
  return {
    layers: own === undefined ? layers : layers.with(at, withoutContent(own)),
    config: JSON.parse(own === undefined ? text : text.replaceAll(own.diffId, '<config>')) as unknown,
  };
}

const metadataFile = '/layers/config/metadata.toml';

/** Place of the layer with metadata.toml. */
export function configLayer(layers: readonly LayerAnswer[]): number {
  return layers.findIndex(({ entries }) => entries.some((entry) => entry.endsWith(`"${metadataFile}"`)));
}

function withoutContent({ entries }: LayerAnswer): LayerAnswer {
  return {
    diffId: '<config>',
    entries: entries.map((entry) =>
      entry.endsWith(`"${metadataFile}"`) ? entry.replace(/ \d+ sha256:\w+/, '') : entry,
    ),
  };
}

/** An empty table of metadata says as much as none (PLN-14). */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (!isTable(inner)) return inner;
    if (key === 'metadata' && Object.keys(inner).length === 0) return undefined;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function isTable(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
