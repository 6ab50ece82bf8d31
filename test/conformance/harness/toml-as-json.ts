import { parse } from 'smol-toml';

/** A document as JSON; its text when it is no TOML. */
export function tomlOrText(text: string): unknown {
  try {
    return asJson(parse(text));
  } catch {
    return text;
  }
}

/** TOML's dates and large numbers have no form of their own in JSON. */
export function asJson(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)),
  );
}
