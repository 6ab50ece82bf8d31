import type { BuiltinBuildpack } from '../../src/buildpack/builtin.ts';
import { detect } from './detect.ts';
import { hostVariables } from './user-go-settings.ts';

/** Go programs: modules, workspaces, a lone main.go. See README.md. */
export function goBuildpack(version: string): BuiltinBuildpack {
  return {
    id: 'tsbuildpack/go',
    version,
    name: 'Go',
    description: 'Compiles Go programs to static binaries',
    targets: [{ os: 'linux' }],
    relocatable: true,
    inputs: { hostEnv: hostVariables },
    stacks: { default: 'static', also: ['scratch', 'base', 'shell'] },
    detect,
    build: async (context) => (await import('./build.ts')).build(context),
    resolveInputs: async (context) => await (await import('./build.ts')).resolveInputs(context),
  };
}
