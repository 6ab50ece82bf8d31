import type { ErrorCode } from '../errors.ts';
import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import { tomlTableFromPlain } from './toml-value.ts';

/** A run image and where else it is. */
export interface RunImageNames {
  readonly image: string;
  readonly mirrors: readonly string[];
}

/** run.toml, the first image is the default (RUN-01) — https://github.com/buildpacks/spec/blob/main/platform.md#runtoml-toml */
export function parseRunToml(text: string | Uint8Array, file: string, code: ErrorCode): readonly RunImageNames[] {
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  return root.tables('images').map(namesFrom);
}

/** stack.toml, which run.toml replaces since Platform API 0.12 — https://github.com/buildpacks/spec/blob/main/platform.md#stacktoml-toml */
export function parseStackToml(text: string | Uint8Array, file: string, code: ErrorCode): RunImageNames | undefined {
  const names = new TomlReader(parseToml(text, file, code), file, { code }).table('run-image');
  return names?.string('image') ? namesFrom(names) : undefined;
}

function namesFrom(table: TomlReader): RunImageNames {
  return { image: table.required('image'), mirrors: table.strings('mirrors') ?? [] };
}

export function writeRunToml(images: readonly RunImageNames[]): string {
  return writeToml(tomlTableFromPlain({ images: images.map(({ image, mirrors }) => ({ image, mirrors })) }));
}

export function writeStackToml(names: RunImageNames | undefined): string {
  if (names === undefined) return '';
  return writeToml(tomlTableFromPlain({ 'run-image': { image: names.image, mirrors: names.mirrors } }));
}
