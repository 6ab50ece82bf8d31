import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { NodeProject } from './find-project.ts';
import { placeOf } from './node-wish.ts';
import { releaseLines } from './release-lines.ts';
import type { VersionText } from './version-text.ts';
import { readVersionText } from './version-text.ts';

/** Which npm is asked for, and by whom. */
export interface NpmWish {
  readonly wants: VersionText;
  readonly text: string;
  readonly where: string;
  /** `sha512.<hex>`: what `packageManager` says its archive has to be. */
  readonly hash: string | undefined;
  /** The major version that comes first when a range leaves the choice. */
  readonly preferred: number;
}

/**
 * What decides about the version of npm: `packageManager`, `devEngines`, `engines` of the package.json that npm installs, else the npm that
 * the distributions of this Node hold. Throws INVALID_INPUT for what cannot be read.
 */
export function readNpmWish(project: NodeProject, node: string): NpmWish {
  const preferred = npmOf(node);
  const found = named(project);
  if (found === undefined) {
    const text = `${preferred}.x`;
    return { wants: { kind: 'range', range: text }, text, where: `Node ${node}`, hash: undefined, preferred };
  }
  const wants = readVersionText(found.text);
  if (wants !== undefined) return { wants, preferred, ...found };
  throw new TsbuildpackError(
    'INVALID_INPUT',
    `Cannot use the npm version "${found.text}" of ${found.where}: it is neither a version nor a range`,
    {
      hint: 'Write for example 11.6.2 or ^11',
    },
  );
}

function named(project: NodeProject): Pick<NpmWish, 'text' | 'where' | 'hash'> | undefined {
  const { root } = project;
  if (root === undefined) return undefined;
  const { packageManager, devEngines, engines } = root.manifest;
  // https://github.com/nodejs/corepack#readme: name@version+algorithm.hash
  const match = /^npm@([^+]+)(?:\+(.+))?$/.exec(packageManager?.trim() ?? '');
  if (match?.[1] !== undefined)
    return { text: match[1], where: placeOf(root, project, ['packageManager']), hash: match[2] };
  const dev = devEngines.packageManager.find(({ name }) => name === 'npm')?.version;
  if (dev !== undefined)
    return { text: dev, where: placeOf(root, project, ['devEngines', 'packageManager', 'version']), hash: undefined };
  const { npm } = engines;
  return npm === undefined
    ? undefined
    : { text: npm, where: placeOf(root, project, ['engines', 'npm']), hash: undefined };
}

/** The npm of a Node, or of the line before it: odd ones are short-lived. */
function npmOf(node: string): number {
  const major = Number(node.split('.')[0]);
  return releaseLines.findLast((line) => line.major <= major)?.npm ?? 6;
}
