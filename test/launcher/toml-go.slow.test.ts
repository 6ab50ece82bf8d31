import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LaunchMetadata, writeLaunchMetadata } from '../../src/cnb/launch-metadata.ts';
import { Decoder } from './decoder.ts';
import { launchMetadata, mutated, readByLauncher, variables } from './documents.ts';
import { GoToml } from './go-toml.ts';

let decoder: Decoder;
let library: GoToml;
beforeAll(() => {
  decoder = new Decoder();
  library = new GoToml();
});
afterAll(() => {
  decoder.remove();
  library.remove();
});

test("the launcher reads every metadata.toml in the form of the reference's encoder", () => {
  const reads = fc.property(fc.array(launchMetadata, { minLength: 1, maxLength: 50 }), (all) => {
    const documents = all.map((metadata) => readByLauncher(withoutDeleteInCommands(metadata)));
    expect(decoder.decode('m', library.encode(documents))).toEqual(documents);
  });
  fc.assert(reads, { numRuns: 100 });
});

test("the reference's library reads every metadata.toml that we write as the launcher does", () => {
  const reads = fc.property(fc.array(launchMetadata, { minLength: 1, maxLength: 50 }), (all) => {
    expect(
      library.decode(
        'm',
        all.map((one) => writeLaunchMetadata(one)),
      ),
    ).toEqual(all.map(readByLauncher));
  });
  fc.assert(reads, { numRuns: 100 });
});

test("the launcher reads and refuses exec.d output as the reference's library does", () => {
  const documents = variables.chain((document) => mutated(stringify(document)));
  const reads = fc.property(fc.array(documents, { minLength: 1, maxLength: 100 }), (all) => {
    expect(decoder.decode('e', all)).toEqual(library.decode('e', all));
  });
  fc.assert(reads, { numRuns: 200 });
});

test("the launcher reads and refuses changed metadata.toml as the reference's library does", () => {
  const documents = launchMetadata.chain((document) => mutated(writeLaunchMetadata(document)));
  const reads = fc.property(fc.array(documents, { minLength: 1, maxLength: 50 }), (all) => {
    expect(decoder.decode('m', all)).toEqual(library.decode('m', all));
  });
  fc.assert(reads, { numRuns: 200 });
});

/** The reference writes the delete character of a command as it is, which no TOML reader takes, its own neither. */
function withoutDeleteInCommands(metadata: LaunchMetadata): LaunchMetadata {
  const cleaned = metadata.processes.map((process) => ({
    ...process,
    command: process.command.map((word) => word.replaceAll('\u007F', '')),
  }));
  return { ...metadata, processes: cleaned };
}
