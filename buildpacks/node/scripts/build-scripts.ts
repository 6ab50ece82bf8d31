import { TsbuildpackError } from '../../../src/buildpack/builtin.ts';
import type { NodeProject } from '../find-project.ts';
import type { PackageFile } from '../package-file.ts';
import { neededWorkspaces } from '../workspaces/needed-workspaces.ts';

/** A script of a package that runs when the image is built. */
export interface BuildScript {
  readonly script: string;
  readonly package: PackageFile;
}

/**
 * Which scripts run: `build` of every member of the workspaces that the application depends on, each behind those it depends on itself,
 * then those that `BP_NODE_RUN_SCRIPTS` names (`none`: no script at all), else `build` of the application. Throws INVALID_INPUT for
 * a name that is no script.
 */
export function buildScripts(
  project: Pick<NodeProject, 'appDir' | 'app' | 'workspaces'>,
  setting: string | undefined,
): readonly BuildScript[] {
  const { app } = project;
  const named = setting?.split(/[\s,]+/).filter((name) => name !== '');
  const isNone = named !== undefined && (named.length === 0 || (named.length === 1 && named[0] === 'none'));
  if (app === undefined || isNone) return [];
  const before = neededWorkspaces(project).dependencies.flatMap((member) => scriptOf(member, 'build'));
  if (named === undefined) return [...before, ...scriptOf(app, 'build')];
  return [
    ...before,
    ...named.map((script) => {
      const [found] = scriptOf(app, script);
      if (found !== undefined) return found;
      throw new TsbuildpackError(
        'INVALID_INPUT',
        `Cannot run the script "${script}" of BP_NODE_RUN_SCRIPTS: package.json does not have it`,
        { hint: `It has ${Object.keys(app.manifest.scripts).join(', ') || 'no scripts'}; "none" runs nothing` },
      );
    }),
  ];
}

function scriptOf(file: PackageFile, script: string): readonly BuildScript[] {
  const text = file.manifest.scripts[script];
  return text === undefined || text.trim() === '' ? [] : [{ script, package: file }];
}
