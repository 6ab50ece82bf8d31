import { places } from './materialize.ts';
import { registryName } from './registry.ts';
import { runImageName } from './run-image.ts';
import { defaultPlatformApi, type Scenario } from './scenario.ts';

export interface LifecycleCommand {
  /** The program's own name, which says the phase. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where the launcher is that goes into the images of both sides. */
export const launcherFile = '/tsbuildpack/launcher/prebuilt/linux-amd64/launcher';

/** How a platform calls the creator for a scenario. */
export function creatorCommand({
  platformApi = defaultPlatformApi,
  registry = false,
  lifecycleEnv,
  flags = [],
}: Scenario): LifecycleCommand {
  const prefix = registry ? `${registryName}/` : '';
  return {
    name: 'creator',
    args: [
      ...(registry ? [] : ['-layout', `-layout-dir=${places.layout}`]),
      `-launcher=${launcherFile}`,
      `-cache-dir=${places.cache}`,
      `-run-image=${prefix}${runImageName}`,
      '-uid=1001',
      '-gid=1000',
      ...flags,
      `${prefix}app`,
    ],
    env: environmentOf(platformApi, lifecycleEnv),
  };
}

/** How a platform calls the phases of a scenario one after the other. */
export function phaseCommands(scenario: Scenario): readonly LifecycleCommand[] {
  const { registry = false, platformApi = defaultPlatformApi, lifecycleEnv, flags = [] } = scenario;
  const prefix = registry ? `${registryName}/` : '';
  const layout = registry ? [] : ['-layout', `-layout-dir=${places.layout}`];
  const user = ['-uid=1001', '-gid=1000'];
  const cache = `-cache-dir=${places.cache}`;
  const words: readonly (readonly [string, readonly string[]])[] = [
    ['analyzer', [...layout, ...user, `-run-image=${prefix}${runImageName}`, ...flags, `${prefix}app`]],
    ['detector', []],
    ['restorer', [...layout, ...user, cache]],
    ['builder', []],
    ['exporter', [...layout, ...user, cache, `-launcher=${launcherFile}`, `${prefix}app`]],
  ];
  return words.map(([name, args]) => ({ name, args, env: environmentOf(platformApi, lifecycleEnv) }));
}

/** How a platform calls the rebaser for the image that a scenario built. */
export function rebaserCommand(
  { platformApi = defaultPlatformApi, lifecycleEnv }: Scenario,
  flags: readonly string[],
): LifecycleCommand {
  return {
    name: 'rebaser',
    args: [`-report=${places.layers}/report.toml`, '-uid=1001', '-gid=1000', ...flags],
    env: environmentOf(platformApi, lifecycleEnv),
  };
}

function environmentOf(platformApi: string, more: Scenario['lifecycleEnv']): LifecycleCommand['env'] {
  return {
    CNB_PLATFORM_API: platformApi,
    CNB_EXPERIMENTAL_MODE: 'warn',
    CNB_NO_COLOR: 'true',
    HOME: places.home,
    PATH: '/usr/bin:/bin',
    ...more,
  };
}
