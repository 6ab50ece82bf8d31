import type { BuiltinBuildpack } from '../../src/buildpack/builtin.ts';
import { detect } from './detect.ts';
import { hostVariables } from './host-variables.ts';

/** Node applications with npm. See README.md. */
export function nodeBuildpack(version: string): BuiltinBuildpack {
  return {
    id: 'tsbuildpack/node',
    version,
    name: 'Node.js',
    description: 'Installs the packages of Node applications with npm and builds them',
    targets: [
      { os: 'linux', arch: 'amd64' },
      { os: 'linux', arch: 'arm64' },
    ],
    relocatable: true,
    inputs: { hostEnv: hostVariables },
    stacks: { default: 'base', also: ['shell'] },
    detect,
    build: async (context) => (await import('./build.ts')).build(context),
    resolveInputs: async (context) => await (await import('./resolve-inputs.ts')).resolveInputs(context),
  };
}
