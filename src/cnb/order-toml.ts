import type { ErrorCode } from '../errors.ts';
import type { Order, OrderEntry } from './order.ts';
import { orderFrom } from './order.ts';
import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import { tomlTableFromPlain } from './toml-value.ts';

/** order.toml — https://github.com/buildpacks/spec/blob/main/platform.md#ordertoml-toml */
export interface OrderDocument {
  readonly order: Order;
  /** Groups of image extensions. */
  readonly extensions: Order;
}

/** Throws `code` naming the file, also for an entry without a version (ORD-20). */
export function parseOrderToml(text: string | Uint8Array, file: string, code: ErrorCode): OrderDocument {
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  return { order: orderFrom(root.tables('order')), extensions: orderFrom(root.tables('order-extensions')) };
}

export function writeOrderToml({ order, extensions }: OrderDocument): string {
  const groups = (list: Order): readonly object[] | undefined =>
    list.length === 0 ? undefined : list.map((group) => ({ group: group.map(entryTable) }));
  return writeToml(tomlTableFromPlain({ order: groups(order), 'order-extensions': groups(extensions) }));
}

function entryTable({ id, version, optional, execEnv }: OrderEntry): object {
  return { id, version, ...(optional && { optional }), ...(execEnv.length > 0 && { 'exec-env': execEnv }) };
}
