import type { ApiVersions, LifecycleFacts } from './builder-metadata.ts';
import { parseToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

/** lifecycle.toml, in the archive that a lifecycle is published as (BLR-08). Throws DESCRIPTOR_INVALID. */
export function parseLifecycleDescriptor(text: string | Uint8Array, file: string): LifecycleFacts {
  const code = 'DESCRIPTOR_INVALID';
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  const lifecycle = root.table('lifecycle');
  if (lifecycle === undefined) throw root.error('it has no [lifecycle] table');
  const of = (kind: string): ApiVersions => {
    const found = root.table('apis')?.table(kind);
    const supported = found?.strings('supported') ?? [];
    const only = root.table('api')?.string(kind);
    return {
      deprecated: found?.strings('deprecated') ?? [],
      supported: supported.length === 0 && only ? [only] : supported,
    };
  };
  return { version: lifecycle.required('version'), buildpackApis: of('buildpack'), platformApis: of('platform') };
}
