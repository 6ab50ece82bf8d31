import { parseToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

/** What a buildpack asks of a stack — https://github.com/buildpacks/spec/blob/main/buildpack.md#stacks (deprecated) */
export interface StackWish {
  readonly id: string;
  readonly mixins?: readonly string[];
}

/** The `[[stacks]]` of a buildpack.toml as they are written. Throws BUILDPACK_INVALID. */
export function parseStackWishes(text: string | Uint8Array, file: string): readonly StackWish[] {
  const code = 'BUILDPACK_INVALID';
  return new TomlReader(parseToml(text, file, code), file, { code }).tables('stacks').map((stack) => {
    const mixins = stack.strings('mixins');
    return { id: stack.required('id'), ...(mixins !== undefined && mixins.length > 0 && { mixins }) };
  });
}
