import type { ContainerConfig } from '../oci/image-config.ts';
import type { PackageFacts } from './package-facts.ts';
import { packageSetId } from './package-facts.ts';
import type { StackHalf } from './stack-half.ts';
import { stackId } from './stack-half.ts';

/**
 * What the image of a half says about itself and how it starts.
 * https://github.com/buildpacks/spec/blob/main/platform.md#target-data, #build-image, #run-image
 */
export function stackConfig(half: StackHalf, packages: readonly PackageFacts[]): ContainerConfig {
  const { stack, name, uid, gid } = half;
  const build = name === 'build';
  const env = {
    ...half.env,
    ...(build && { CNB_USER_ID: String(uid), CNB_GROUP_ID: String(gid), CNB_STACK_ID: stackId(stack) }),
  };
  return {
    User: `${uid}:${gid}`,
    Env: Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
    Labels: {
      'io.buildpacks.base.description': stack.document.description,
      'io.buildpacks.base.id': `tsbuildpack/stack/${stack.name}`,
      ...(!build && { 'io.buildpacks.rebasable': 'true' }),
      'io.buildpacks.stack.id': stackId(stack),
      ...packageLabels(half, packages),
    },
  };
}

/**
 * Which packages, and of what. No dates: on every machine the same packages give the same image, also when the archive was signed anew in
 * between.
 */
function packageLabels({ distribution }: StackHalf, packages: readonly PackageFacts[]): Record<string, string> {
  if (distribution === undefined || packages.length === 0) return {};
  const { id, version, codename, suites, components } = distribution;
  const metadata = {
    distribution: { id, version, codename, suites, components },
    packages: packages.map((facts) => ({
      name: facts.name,
      version: facts.version,
      architecture: facts.architecture,
      ...(facts.source !== undefined && { source: facts.source }),
    })),
    snapshot: packageSetId(packages),
  };
  return {
    'io.buildpacks.base.distro.name': id,
    'io.buildpacks.base.distro.version': version,
    'io.buildpacks.base.metadata': JSON.stringify(metadata),
    'io.buildpacks.stack.distro.name': id,
    'io.buildpacks.stack.distro.version': version,
    'io.buildpacks.stack.mixins': JSON.stringify(packages.map((facts) => facts.name)),
  };
}
