import { parseToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

const code = 'GENERATE_FAILED';
/** Whoever runs the Dockerfiles sets these. */
const ownArguments = new Set(['build_id', 'user_id', 'group_id']);

/**
 * extend-config.toml, the build arguments of an extension's Dockerfiles —
 * https://github.com/buildpacks/spec/blob/main/image_extension.md#extend-configtoml-toml. It is read by who runs them: here only whether it
 * can be. Throws GENERATE_FAILED (EXT-14).
 */
export function checkExtendConfig(text: Uint8Array, file: string): void {
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  for (const image of ['build', 'run']) {
    for (const argument of root.table(image)?.tables('args') ?? []) {
      const name = argument.string('name') ?? '';
      argument.string('value');
      if (ownArguments.has(name))
        throw argument.error(`argument "${name}" is set by the lifecycle`, 'Take another name');
    }
  }
}
