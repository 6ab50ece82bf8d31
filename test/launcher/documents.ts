import fc from 'fast-check';
import type { LaunchMetadata } from '../../src/cnb/launch-metadata.ts';

/** Any text that TOML can hold: every code point but surrogates. */
const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('"', "'", '\\', '\n', '\r', '\t', '\0', 'a', ' ', '#', '=', '[', '\u007f') }),
  fc.constantFrom('/bin/web', 'node', '--port=8080', '$PORT', 'true', '1979-05-27', '"""', "'''"),
);

const texts = fc.array(text, { maxLength: 4 });

/** metadata.toml as a lifecycle may have to write it. */
export const launchMetadata: fc.Arbitrary<LaunchMetadata> = fc.record({
  processes: fc.array(
    fc.record(
      {
        type: text,
        command: texts,
        args: texts,
        direct: fc.boolean(),
        buildpackId: text,
        workingDirectory: text,
        execEnv: texts,
      },
      { requiredKeys: ['type', 'command', 'args', 'direct', 'buildpackId', 'execEnv'] },
    ),
    { maxLength: 4 },
  ),
  buildpacks: fc.array(
    fc.record({ id: text, version: text, api: text, homepage: text }, { requiredKeys: ['id', 'version', 'api'] }),
    { maxLength: 3 },
  ),
  extensions: fc.constant([]),
  labels: fc.array(fc.record({ key: text, value: text }), { maxLength: 2 }),
  slices: fc.array(fc.record({ paths: texts }), { maxLength: 2 }),
});

/** Variables that an exec.d program returns. */
export const variables: fc.Arbitrary<Record<string, string>> = fc.dictionary(text, text, { maxKeys: 5 });

/** The part of metadata.toml that the launcher reads, as `Decoder` and the Go program print it. */
export function readByLauncher(metadata: LaunchMetadata): unknown {
  return {
    processes: metadata.processes.map((process) => ({
      direct: process.direct,
      type: process.type,
      command: process.command,
      args: process.args,
      'buildpack-id': process.buildpackId,
      'working-dir': process.workingDirectory ?? '',
      'exec-env': process.execEnv,
    })),
    buildpacks: metadata.buildpacks.map(({ id, api }) => ({ known: true, id, api })),
  };
}

/** Pieces that mean something in TOML. */
const pieces = [
  '"', "'", '"""', "'''", '\\', '\\\n', '\n', '\r\n', '\r', '=', '.', ',', '[', ']', '[[', ']]', '{', '}', '#', ' ',
  '\t', '\0', 'a', 'é', '1', '-', '+', '_', '0x', '1e5', 'true', 'inf', '1979-05-27', '07:32', 'T', 'Z', '\\u00e9',
  '\\x41', '\\e', '\\y', '[a]', '[a.b]', '[[a]]', 'a.b = 1', 'a = 1\n', 'b = { c = 1, }\n', '[[processes]]', 'type = "x"',
  '[processes]', 'args = []', '\uFEFF',
]; // prettier-ignore

/** The document after a few insertions, deletions and repetitions. */
export function mutated(document: string): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat(document.length),
    drop: fc.oneof(fc.constant(0), fc.nat(6)),
    insert: fc.oneof(fc.constantFrom(...pieces), fc.constant('')),
  });
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    let result = document;
    for (const { at, drop, insert } of changes) result = result.slice(0, at) + insert + result.slice(at + drop);
    return result;
  });
}
