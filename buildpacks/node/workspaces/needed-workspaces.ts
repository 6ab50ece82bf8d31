import type { NodeProject } from '../find-project.ts';
import type { WorkspacePackage } from '../find-workspaces.ts';
import { TsbuildpackError } from '../../../src/buildpack/builtin.ts';

export interface NeededWorkspaces {
  /** Members that the application depends on, whatever for, each behind those that it depends on itself. Without the application. */
  readonly dependencies: readonly WorkspacePackage[];
  /** The application, when it is a member. */
  readonly app: WorkspacePackage | undefined;
}

/** Which members of the workspaces have to be there, and built, before the application can be. Throws BUILD_FAILED for a circle. */
export function neededWorkspaces({ appDir, workspaces }: Pick<NodeProject, 'appDir' | 'workspaces'>): NeededWorkspaces {
  const app = workspaces.find(({ dir }) => dir === appDir);
  if (app === undefined) return { dependencies: [], app };
  const byName = new Map(workspaces.map((member) => [member.manifest.name, member]));
  const done: WorkspacePackage[] = [];
  const visit = (member: WorkspacePackage, path: readonly WorkspacePackage[]): void => {
    if (done.includes(member)) return;
    if (path.includes(member)) throw circle([...path.slice(path.indexOf(member)), member]);
    for (const name of dependencyNames(member)) {
      const other = byName.get(name);
      if (other !== undefined) visit(other, [...path, member]);
    }
    done.push(member);
  };
  visit(app, []);
  return { dependencies: done.filter((member) => member !== app), app };
}

/** Those for development count: a build may need them. A member asks for itself in no sense. */
function dependencyNames({ manifest }: WorkspacePackage): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies, fields } = manifest;
  const peers = fields['peerDependencies'];
  return Object.keys({
    ...(typeof peers === 'object' ? peers : {}),
    ...devDependencies,
    ...optionalDependencies,
    ...dependencies,
  })
    .filter((name) => name !== manifest.name)
    .toSorted();
}

function circle(members: readonly WorkspacePackage[]): TsbuildpackError {
  return new TsbuildpackError(
    'BUILD_FAILED',
    `Cannot order the workspaces: ${members.map(({ path }) => path).join(' needs ')}`,
    { hint: 'Take one of these dependencies out: no package can be built before itself' },
  );
}
