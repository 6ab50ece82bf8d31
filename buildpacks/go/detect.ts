import type { BuiltinDetectContext } from '../../src/buildpack/builtin.ts';
import type { DetectResult } from '../../src/buildpack/api.ts';
import { findProject } from './find-project.ts';

/** Passes for a module, a workspace, a package inside of a module, or a lone main.go. Starts nothing, reads a handful of files. */
export function detect({ appDir, workspaceDir }: BuiltinDetectContext): Promise<DetectResult> {
  const project = findProject(appDir, workspaceDir);
  if (project === undefined) {
    const wanted = ['go.mod', 'go.work', 'main.go'];
    return Promise.resolve({ pass: false, reason: 'no go.mod, go.work or main.go', wanted });
  }
  return Promise.resolve({ pass: true, reason: `found ${project.found}` });
}
