import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { readNpmSettings } from './npm-settings.ts';
import { resolveTools } from './open-tools.ts';
import { projectOf } from './project-of.ts';
import { readSettings } from './settings.ts';

/** The versions of Node and npm are what floats in a build that has a lockfile. */
export async function resolveInputs(context: BuiltinBuildContext): Promise<void> {
  const project = projectOf(context);
  const settings = readSettings(context.env);
  const { npmVersion } = await resolveTools(context, { project, settings, npm: readNpmSettings(context, project) });
  await npmVersion();
}
