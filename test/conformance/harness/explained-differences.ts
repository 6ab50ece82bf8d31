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
    explains: ({ path, reference }) =>
      /build\.metadata\/(buildpacks|extensions)\/\d+\/api$/.test(path) && reference === undefined,
  },
  {
    row: 'LBL-12',
    reason: 'it describes the launcher of whoever built the image',
    explains: ({ path }) => /build\.metadata\/launcher\//.test(path),
  },
  {
    row: 'LBL-05',
    reason: 'in a layout the reference writes the digest of the unfinished image, ours that of the run image',
    explains: ({ path }) =>
      /(lifecycle\.metadata\/runImage|analyzed\.toml\/metadata\/run-image)\/reference$/.test(path),
  },
];

/** The row that explains a difference. */
export function explanationOf(difference: Difference, scenario: Scenario): string | undefined {
  return explanations.find(({ explains }) => explains(difference, scenario))?.row;
}
