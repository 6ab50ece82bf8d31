import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { NodeProject } from './find-project.ts';
import { findProject } from './find-project.ts';
import { refuseOtherManagers } from './other-managers.ts';

/** The project that was detected. Throws BUILD_FAILED when there is none, INVALID_INPUT for another package manager's. */
export function projectOf(context: Pick<BuiltinBuildContext, 'appDir' | 'workspaceDir'>): NodeProject {
  const project = findProject(context);
  if (project === undefined)
    throw new TsbuildpackError('BUILD_FAILED', 'Cannot build: there is no package.json or server.js');
  refuseOtherManagers(project);
  return project;
}
