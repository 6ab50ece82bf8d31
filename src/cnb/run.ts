import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

/** run.toml: the run images to choose from, the default one first — https://github.com/buildpacks/spec/blob/main/platform.md#runtoml-toml */
export interface RunDocument {
  readonly images: readonly { readonly image: string; readonly mirrors: readonly string[] }[];
}

/** Throws DESCRIPTOR_INVALID; mirrors without an image are invalid (RUN-06). */
export function parseRun(text: string | Uint8Array, file: string): RunDocument {
  const code = 'DESCRIPTOR_INVALID';
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  return {
    images: root
      .tables('images')
      .map((entry) => ({ image: entry.required('image'), mirrors: entry.strings('mirrors') ?? [] })),
  };
}

export function writeRun({ images }: RunDocument): string {
  return writeToml({
    images: images.map(({ image, mirrors }) => ({ image, ...(mirrors.length > 0 && { mirrors }) })),
  });
}
