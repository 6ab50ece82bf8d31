import type { DetectResult } from '../../src/buildpack/api.ts';
import type { BuiltinDetectContext } from '../../src/buildpack/builtin.ts';
import { findProject } from './find-project.ts';
import { refuseOtherManagers } from './other-managers.ts';
import { detectStart } from './start/detect-start.ts';

/**
 * Passes for a package.json or a lone server.js when there is something to start. Starts nothing itself. A project for another package manager
 * is an error that names it, so that nobody takes it for a folder that is no Node application.
 */
export function detect(context: BuiltinDetectContext): Promise<DetectResult> {
  const project = findProject(context);
  if (project === undefined) {
    return Promise.resolve({
      pass: false,
      reason: 'no package.json or server.js',
      wanted: ['package.json', 'server.js'],
    });
  }
  refuseOtherManagers(project);
  const start = detectStart(project, context.env);
  if (!start.pass) return Promise.resolve(start);
  const reason = `found ${project.app === undefined ? 'server.js' : 'package.json'}`;
  return Promise.resolve({ pass: true, reason, ...(start.stack && { stack: start.stack }) });
}
