import type { Difference } from './compare-answers.ts';
import type { Scenario } from './scenario.ts';

/** A difference that a row of the conformance table asks for or allows. */
interface Explanation {
  readonly row: string;
  /** Why ours is otherwise. */
  readonly reason: string;
  readonly explains: (difference: Difference, scenario: Scenario) => boolean;
}

const explanations: readonly Explanation[] = [
  {
    row: 'LBL-10',
    reason: 'the specification has the API of every buildpack in the build metadata, the reference leaves it out',
    explains: ({ path, reference, ours }) =>
      /build\.metadata\/(buildpacks|extensions)\/\d+\/api$/.test(path) &&
      reference === undefined &&
      /^\d+\.\d+$/.test(String(ours)),
  },
  {
    row: 'LBL-12',
    reason: 'it describes the launcher of whoever built the image',
    explains: ({ path, ours }) =>
      /build\.metadata\/launcher\//.test(path) && (ours !== '' || !path.endsWith('/version')),
  },
  {
    row: 'LBL-05',
    reason: 'in a layout the reference writes the digest of the unfinished image, ours that of the run image',
    explains: ({ path }) =>
      /(lifecycle\.metadata\/runImage|analyzed\.toml\/metadata\/run-image)\/reference$/.test(path),
  },
  {
    row: 'ENV-14',
    reason:
      'the specification has a delimiter for the whole layer, the reference for one directory: ours takes the one of env/ where a directory has none',
    explains: ({ path }, scenario) => {
      const [, variable] = /\/programs\/build [^/]+\/env\/(.+)$/.exec(path) ?? [];
      return variable !== undefined && mentions(scenario, `${variable}.delim`);
    },
  },
  {
    row: 'EXP-12',
    reason:
      'absolute patterns inside the application match, as the specification has it; the reference never matches one',
    explains: (_, scenario) => mentions(scenario, 'paths = ["/workspace/'),
  },
  {
    row: 'ORD-15',
    reason: 'a system buildpack may be optional, which the reference does not know',
    explains: (_, { files = {} }) => /optional = true/.test(JSON.stringify(files['/cnb/system.toml'] ?? '')),
  },
  {
    row: 'PRC-03',
    reason:
      'a type of other characters is refused when launch.toml is read, as the specification has it; the reference refuses some of them at export',
    explains: ({ path, reference, ours }) => path.endsWith('/exit') && reference === 62 && ours === 52,
  },
  {
    row: 'PRC-16',
    reason: 'a buildpack may not replace the labels of the lifecycle, which would break the next build',
    explains: ({ path }, scenario) => {
      const [, label] = /\/Labels\/(io\.buildpacks\.[\w.-]+)$/.exec(path) ?? [];
      return label !== undefined && mentions(scenario, `key = "${label}"`);
    },
  },
  {
    row: 'RBS-13',
    reason: 'the reference leaves only dates in the history of a rebased image; ours keeps who made each layer',
    explains: ({ path, reference }, { rebases = [] }) =>
      rebases.length > 0 && /^[3-9]\/image\/config\/history\/\d+\/created_by$/.test(path) && reference === undefined,
  },
  {
    row: 'RST-14',
    reason: 'modes come back as they were kept; the reference loses setuid, so that the next layer is another',
    explains: ({ path }, scenario) =>
      /^[12]\//.test(path) && !path.includes('/programs/detect') && mentions(scenario, 'chmod 4755'),
  },
  {
    row: 'TGT-13',
    reason: 'an optional buildpack for another target is left out; the reference runs and takes it',
    explains: (_, { buildpacks, order }) =>
      buildpacks.some(
        ({ id, toml }) =>
          /arch = "arm64"/.test(toml ?? '') && order.flat().some((entry) => entry.id === id && entry.optional),
      ),
  },
];

function mentions(scenario: Scenario, text: string): boolean {
  return JSON.stringify(scenario.buildpacks).includes(JSON.stringify(text).slice(1, -1));
}

/** The row that explains a difference. */
export function explanationOf(difference: Difference, scenario: Scenario): string | undefined {
  return explanations.find(({ explains }) => explains(difference, scenario))?.row;
}
