import { writeJson } from './json.ts';
import { asObject, listAt, parseJsonList, parseJsonObject, textAt, textsAt } from './json-document.ts';

/** The order as the author of a builder wrote it (BLR-04, BLR-05). Not in the specification. */
export const orderLabel = 'io.buildpacks.buildpack.order';
export const orderExtensionsLabel = 'io.buildpacks.buildpack.order-extensions';
export const systemLabel = 'io.buildpacks.buildpack.system';

/** An entry whose version is left open: there is one version only. */
export interface ModuleReference {
  readonly id: string;
  readonly version?: string;
  readonly optional: boolean;
  /** Empty: every execution environment. */
  readonly execEnv: readonly string[];
}

export type OpenOrder = readonly (readonly ModuleReference[])[];

export interface OpenSystem {
  readonly pre: readonly ModuleReference[];
  readonly post: readonly ModuleReference[];
}

export function parseOrderLabel(text: string | undefined): OpenOrder | undefined {
  return parseJsonList(text)?.map((entry) => referencesFrom(listAt(asObject(entry), 'group')));
}

export function parseSystemLabel(text: string | undefined): OpenSystem | undefined {
  const label = parseJsonObject(text);
  if (label === undefined) return undefined;
  const side = (name: string): readonly ModuleReference[] =>
    referencesFrom(listAt(asObject(label[name]), 'buildpacks'));
  return { pre: side('pre'), post: side('post') };
}

function referencesFrom(list: readonly unknown[]): readonly ModuleReference[] {
  return list.flatMap((value) => {
    const entry = asObject(value);
    const [id, version] = [textAt(entry, 'id'), textAt(entry, 'version')];
    if (id === undefined) return [];
    const optional = entry['optional'] === true;
    return [{ id, ...(version !== undefined && { version }), optional, execEnv: textsAt(entry, 'exec-env') }];
  });
}

export function formatOrderLabel(order: OpenOrder): string {
  return writeJson(orderJson(order));
}

export function formatSystemLabel({ pre, post }: OpenSystem): string {
  const side = (list: OpenSystem['pre']): object => (list.length === 0 ? {} : { buildpacks: list.map(referenceJson) });
  return writeJson({ pre: side(pre), post: side(post) });
}

/** As it stands in labels; `null` for no order, as pack has it. */
export function orderJson(order: OpenOrder): readonly object[] | null {
  return order.length === 0 ? null : order.map((group) => ({ group: group.map(referenceJson) }));
}

function referenceJson({ id, version, optional, execEnv }: ModuleReference): object {
  return {
    id,
    version,
    'exec-env': execEnv.length > 0 ? execEnv : undefined,
    optional: optional || undefined,
  };
}
