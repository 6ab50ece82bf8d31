import type { TomlReader } from './toml-reader.ts';

/** An order of groups — https://github.com/buildpacks/spec/blob/main/buildpack.md#order-composite-buildpacks */
export type Order = readonly OrderGroupDocument[];

export type OrderGroupDocument = readonly OrderEntry[];

export interface OrderEntry {
  readonly id: string;
  readonly version: string;
  readonly optional: boolean;
  /** Empty: every execution environment. */
  readonly execEnv: readonly string[];
}

/** The groups of the `[[order]]` tables of a document. Throws the document's error. */
export function orderFrom(groups: readonly TomlReader[]): Order {
  return groups.map((group) =>
    group.tables('group').map((entry) => ({
      id: entry.required('id'),
      version: entry.required('version'),
      optional: entry.boolean('optional'),
      execEnv: entry.strings('exec-env') ?? [],
    })),
  );
}
