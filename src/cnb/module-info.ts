import type { BuildpackDescriptor } from './buildpack-descriptor.ts';

/** What labels say of a buildpack, with the keys and their order that pack has. */
export function moduleInfo(descriptor: BuildpackDescriptor): object {
  const { id, name, version, description, homepage, keywords, execEnv, licenses, clearEnv } = descriptor;
  const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);
  return {
    id,
    name: name || undefined,
    version,
    description: description || undefined,
    homepage: homepage || undefined,
    keywords: some(keywords),
    'exec-env': some(execEnv),
    licenses: some(licenses.map(({ type = '', uri = '' }) => ({ Type: type, URI: uri }))),
    'clear-env': clearEnv || undefined,
  };
}
