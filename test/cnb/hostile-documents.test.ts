import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBuildPlan } from '../../src/cnb/build-plan.ts';
import { parseBuildToml } from '../../src/cnb/build-toml.ts';
import { parseBuildpackDescriptor } from '../../src/cnb/buildpack-descriptor.ts';
import { parseBuildpackPlan } from '../../src/cnb/buildpack-plan.ts';
import { parseGroup } from '../../src/cnb/group.ts';
import { parseLaunch } from '../../src/cnb/launch.ts';
import { parseLaunchMetadata } from '../../src/cnb/launch-metadata.ts';
import { parseLayerMetadata } from '../../src/cnb/layer-metadata.ts';
import { parsePlan } from '../../src/cnb/plan.ts';
import { parseProjectDescriptor } from '../../src/cnb/project-descriptor.ts';
import { parseStoreToml } from '../../src/cnb/store-toml.ts';
import { writeToml } from '../../src/cnb/toml.ts';
import type { TomlValue } from '../../src/cnb/toml-value.ts';
import { TsbuildpackError } from '../../src/errors.ts';

const parsers = {
  parseBuildPlan,
  parseBuildToml,
  parseBuildpackDescriptor: (text: string | Uint8Array, file: string): unknown =>
    parseBuildpackDescriptor(text, file, { binFiles: [] }),
  parseBuildpackPlan,
  parseGroup,
  parseLaunch,
  parseLaunchMetadata,
  parseLayerMetadata,
  parsePlan,
  parseProjectDescriptor,
  parseStoreToml,
};

/** Every key that some document knows, so that wrong kinds get to where they are read. */
const keys = fc.constantFrom(
  ...'api args bom build buildpack buildpacks cache clear-env command default dev direct distros entries env exec-env group id io'.split(
    ' ',
  ),
  ...'keywords labels launch licenses metadata name or order os paths processes provides providers requires slices stacks'.split(
    ' ',
  ),
  ...'_ schema-version targets tsbuildpack type types unmet uri value version working-dir key exclude include pre post'.split(
    ' ',
  ),
);
const words = fc.constantFrom('', 'x', '0.12', '0.2', '1.0.0', 'a/b', '*', '../..', 'web', '__proto__');

const { table } = fc.letrec<{ value: TomlValue; table: Record<string, TomlValue> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    words,
    fc.boolean(),
    fc.bigInt({ min: -1n, max: 1n }),
    fc.array(words, { maxLength: 2 }),
    fc.array(tie('table'), { maxLength: 2 }),
    tie('table'),
  ),
  table: fc.dictionary(keys, tie('value'), { maxKeys: 6 }),
}));

/** `read`, or the code of a refusal; anything else that it throws is thrown. */
function outcome(parse: (text: string | Uint8Array, file: string) => unknown, input: string | Uint8Array): string {
  try {
    parse(input, 'file.toml');
    return 'read';
  } catch (error) {
    if (error instanceof TsbuildpackError) return error.code;
    throw error;
  }
}

const outcomes = /^(?:read|BUILDPACK_\w+|BUILD_\w+|ORDER_INVALID|EXPORT_FAILED|DESCRIPTOR_INVALID)$/;

test.each(Object.entries(parsers))('%s reads or refuses any document', (_name, parse) => {
  fc.assert(
    fc.property(table, (document) => {
      expect(outcome(parse, writeToml(document))).toMatch(outcomes);
    }),
    { numRuns: 200 },
  );
});

test.each(Object.entries(parsers))('%s reads or refuses any bytes', (_name, parse) => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.string()), (input) => {
      expect(outcome(parse, input)).toMatch(outcomes);
    }),
    { numRuns: 50 },
  );
});
