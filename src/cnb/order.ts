import { parseToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

/** An order of groups — https://github.com/buildpacks/spec/blob/main/platform.md#ordertoml-toml and buildpack.md#order-composite-buildpacks */
export type Order = readonly OrderGroupDocument[];

export type OrderGroupDocument = readonly OrderEntry[];

export interface OrderEntry {
  readonly id: string;
  readonly version: string;
  readonly optional: boolean;
  /** Empty: every execution environment. */
  readonly execEnv: readonly string[];
}

export interface OrderDocument {
  readonly order: Order;
  /** Order of image extensions; its entries are always optional. */
  readonly orderExtensions: Order;
}

/** Reads order.toml. Throws ORDER_INVALID. */
export function parseOrder(text: string | Uint8Array, file: string): OrderDocument {
  const reader = new TomlReader(parseToml(text, file, 'ORDER_INVALID'), file, { code: 'ORDER_INVALID' });
  return {
    order: orderFrom(reader.tables('order')),
    orderExtensions: orderFrom(reader.tables('order-extensions')).map((group) =>
      group.map((entry) => ({ ...entry, optional: true })),
    ),
  };
}

/** The groups of `[[order]]` tables, here or in a buildpack.toml. */
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
