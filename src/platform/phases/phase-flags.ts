import type { ApiVersion } from '../../cnb/api-version.ts';
import { atLeast } from '../../cnb/api-version.ts';
import type { FlagKind } from './go-flags.ts';

export type PhaseName = 'analyzer' | 'detector' | 'restorer' | 'builder' | 'exporter' | 'creator' | 'rebaser';

/** One input of the phases — https://github.com/buildpacks/spec/blob/main/platform.md#lifecycle-interface (FIL-12, FIL-13). */
export interface PhaseFlag {
  readonly kind: FlagKind;
  readonly env?: string;
  /** `<layers>` stands for the layers directory. */
  readonly default?: string;
  /** A path, which is relative to the working directory. */
  readonly path?: true;
}

const inLayers = (name: string, env: string): PhaseFlag => ({
  kind: 'text',
  env,
  default: `<layers>/${name}`,
  path: true,
});
const place = (env: string, path?: string): PhaseFlag => ({
  kind: 'text',
  env,
  path: true,
  ...(path !== undefined && { default: path }),
});
const text = (env?: string): PhaseFlag => ({ kind: 'text', ...(env !== undefined && { env }) });
const toggle = (env?: string): PhaseFlag => ({ kind: 'switch', ...(env !== undefined && { env }) });

/** Every flag of every phase, by name. */
export const phaseFlags: Readonly<Record<string, PhaseFlag>> = {
  analyzed: inLayers('analyzed.toml', 'CNB_ANALYZED_PATH'),
  app: place('CNB_APP_DIR', '/workspace'),
  'build-config': place('CNB_BUILD_CONFIG_DIR', '/cnb/build-config'),
  'build-image': text('CNB_BUILD_IMAGE'),
  buildpacks: place('CNB_BUILDPACKS_DIR', '/cnb/buildpacks'),
  'cache-dir': place('CNB_CACHE_DIR'),
  'cache-image': text('CNB_CACHE_IMAGE'),
  daemon: toggle('CNB_USE_DAEMON'),
  extended: inLayers('extended', 'CNB_EXTENDED_DIR'),
  extensions: place('CNB_EXTENSIONS_DIR', '/cnb/extensions'),
  force: toggle('CNB_FORCE_REBASE'),
  generated: inLayers('generated', 'CNB_GENERATED_DIR'),
  gid: { kind: 'number', env: 'CNB_GROUP_ID' },
  group: inLayers('group.toml', 'CNB_GROUP_PATH'),
  image: text(),
  'insecure-registry': { kind: 'list', env: 'CNB_INSECURE_REGISTRIES' },
  'launch-cache': place('CNB_LAUNCH_CACHE_DIR'),
  launcher: { kind: 'text', path: true },
  'launcher-sbom': { kind: 'text', path: true },
  layers: place('CNB_LAYERS_DIR', '/layers'),
  layout: toggle('CNB_USE_LAYOUT'),
  'layout-dir': place('CNB_LAYOUT_DIR'),
  'log-level': text('CNB_LOG_LEVEL'),
  'no-color': toggle('CNB_NO_COLOR'),
  order: inLayers('order.toml', 'CNB_ORDER_PATH'),
  parallel: toggle('CNB_PARALLEL_EXPORT'),
  plan: inLayers('plan.toml', 'CNB_PLAN_PATH'),
  platform: place('CNB_PLATFORM_DIR', '/platform'),
  'previous-image': text('CNB_PREVIOUS_IMAGE'),
  'process-type': text('CNB_PROCESS_TYPE'),
  'project-metadata': inLayers('project-metadata.toml', 'CNB_PROJECT_METADATA_PATH'),
  report: inLayers('report.toml', 'CNB_REPORT_PATH'),
  run: place('CNB_RUN_PATH', '/cnb/run.toml'),
  'run-image': text('CNB_RUN_IMAGE'),
  'skip-layers': toggle('CNB_SKIP_LAYERS'),
  'skip-restore': toggle('CNB_SKIP_RESTORE'),
  stack: place('CNB_STACK_PATH', '/cnb/stack.toml'),
  system: place('CNB_SYSTEM_PATH', '/cnb/system.toml'),
  tag: { kind: 'list' },
  uid: { kind: 'number', env: 'CNB_USER_ID' },
  version: toggle(),
};

/** From which Platform API on a phase takes a flag, or `<x` below which. */
type Since = Readonly<Record<string, readonly string[]>>;

const everywhere = ['log-level', 'no-color', 'version'];
const user = ['gid', 'uid'];

const flagsOfPhases: Readonly<Record<PhaseName, Since>> = {
  analyzer: {
    '0': [...everywhere, ...user, 'analyzed', 'cache-image', 'daemon', 'layers', 'previous-image', 'run-image', 'tag'],
    '0.9': ['launch-cache', 'skip-layers'],
    '0.12': ['layout', 'layout-dir', 'run'],
    '0.13': ['insecure-registry'],
    '<0.12': ['stack'],
  },
  detector: {
    '0': [...everywhere, 'app', 'buildpacks', 'group', 'layers', 'order', 'plan', 'platform'],
    '0.10': ['analyzed', 'extensions', 'generated'],
    '0.11': ['build-config'],
    '0.12': ['run'],
    '0.15': ['system'],
  },
  restorer: {
    '0': [...everywhere, ...user, 'analyzed', 'cache-dir', 'cache-image', 'group', 'layers', 'skip-layers'],
    '0.10': ['build-image'],
    '0.12': ['daemon', 'generated', 'layout', 'layout-dir'],
    '0.13': ['insecure-registry'],
    '0.14': ['run'],
  },
  builder: {
    '0': [...everywhere, 'app', 'buildpacks', 'group', 'layers', 'plan', 'platform'],
    '0.11': ['build-config'],
    '0.12': ['analyzed'],
  },
  exporter: {
    '0': [
      ...everywhere,
      ...user,
      'analyzed',
      'app',
      'cache-dir',
      'cache-image',
      'daemon',
      'group',
      'image',
      'launch-cache',
      'launcher',
      'layers',
      'parallel',
      'process-type',
      'project-metadata',
      'report',
      'run-image',
    ],
    '0.11': ['launcher-sbom'],
    '0.12': ['extended', 'layout', 'layout-dir', 'run'],
    '0.13': ['insecure-registry'],
    '<0.12': ['stack'],
  },
  creator: {
    '0': [
      ...everywhere,
      ...user,
      'app',
      'buildpacks',
      'cache-dir',
      'cache-image',
      'daemon',
      'launch-cache',
      'launcher',
      'layers',
      'order',
      'parallel',
      'platform',
      'previous-image',
      'process-type',
      'project-metadata',
      'report',
      'run-image',
      'skip-restore',
      'stack',
      'tag',
    ],
    '0.11': ['build-config', 'launcher-sbom'],
    '0.12': ['layout', 'layout-dir', 'run'],
    '0.13': ['insecure-registry'],
    '0.15': ['system'],
  },
  rebaser: {
    '0': [...everywhere, ...user, 'daemon', 'image', 'report', 'run-image'],
    '0.11': ['previous-image'],
    '0.12': ['force'],
    '0.13': ['insecure-registry'],
  },
};

/** The flags that a phase takes under a Platform API, with their kinds. */
export function flagsOf(phase: PhaseName, api: ApiVersion): ReadonlyMap<string, FlagKind> {
  const names = Object.entries(flagsOfPhases[phase]).flatMap(([since, list]) => {
    const taken = since.startsWith('<') ? !atLeast(api, since.slice(1)) : atLeast(api, since);
    return taken ? list : [];
  });
  return new Map(names.map((name) => [name, phaseFlags[name]?.kind ?? 'text']));
}
