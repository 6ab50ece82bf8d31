import { describe, expect, test } from 'vitest';
import { parseApiVersion } from '../../src/cnb/api-version.ts';
import type { PhaseName } from '../../src/platform/phases/phase-flags.ts';
import { readPhaseInputs, type PhaseInputs } from '../../src/platform/phases/phase-inputs.ts';

const all = ['analyzer', 'detector', 'restorer', 'builder', 'exporter', 'creator', 'rebaser'] as const;
const buildpackPhases = ['detector', 'builder', 'creator'] as const;
const imagePhases = ['analyzer', 'exporter', 'creator'] as const;
const cachePhases = ['restorer', 'exporter', 'creator'] as const;

interface Input {
  readonly flag: string;
  readonly env: string;
  readonly phases: readonly PhaseName[];
  /** In `<layers>` where it begins with that. */
  readonly standard?: string;
  /** @default '0.15' */
  readonly api?: string;
}

/** The tables of inputs of https://github.com/buildpacks/spec/blob/main/platform.md#lifecycle-interface */
const inputs: readonly Input[] = [
  {
    flag: 'analyzed',
    env: 'CNB_ANALYZED_PATH',
    phases: ['analyzer', 'detector', 'restorer', 'builder', 'exporter'],
    standard: '<layers>/analyzed.toml',
  },
  { flag: 'app', env: 'CNB_APP_DIR', phases: [...buildpackPhases, 'exporter'], standard: '/workspace' },
  { flag: 'build-config', env: 'CNB_BUILD_CONFIG_DIR', phases: buildpackPhases, standard: '/cnb/build-config' },
  { flag: 'build-image', env: 'CNB_BUILD_IMAGE', phases: ['restorer'] },
  { flag: 'buildpacks', env: 'CNB_BUILDPACKS_DIR', phases: buildpackPhases, standard: '/cnb/buildpacks' },
  { flag: 'cache-dir', env: 'CNB_CACHE_DIR', phases: cachePhases },
  { flag: 'cache-image', env: 'CNB_CACHE_IMAGE', phases: [...cachePhases, 'analyzer'] },
  { flag: 'extended', env: 'CNB_EXTENDED_DIR', phases: ['exporter'], standard: '<layers>/extended' },
  { flag: 'extensions', env: 'CNB_EXTENSIONS_DIR', phases: ['detector'], standard: '/cnb/extensions' },
  { flag: 'generated', env: 'CNB_GENERATED_DIR', phases: ['detector', 'restorer'], standard: '<layers>/generated' },
  {
    flag: 'group',
    env: 'CNB_GROUP_PATH',
    phases: ['detector', 'restorer', 'builder', 'exporter'],
    standard: '<layers>/group.toml',
  },
  { flag: 'launch-cache', env: 'CNB_LAUNCH_CACHE_DIR', phases: imagePhases },
  {
    flag: 'layers',
    env: 'CNB_LAYERS_DIR',
    phases: ['analyzer', 'detector', 'restorer', 'builder', 'exporter', 'creator'],
    standard: '/layers',
  },
  { flag: 'layout-dir', env: 'CNB_LAYOUT_DIR', phases: [...imagePhases, 'restorer'] },
  { flag: 'log-level', env: 'CNB_LOG_LEVEL', phases: all },
  // /cnb/order.toml where there is none in the layers directory (ORD-17).
  { flag: 'order', env: 'CNB_ORDER_PATH', phases: ['detector', 'creator'], standard: '/cnb/order.toml' },
  { flag: 'plan', env: 'CNB_PLAN_PATH', phases: ['detector', 'builder'], standard: '<layers>/plan.toml' },
  { flag: 'platform', env: 'CNB_PLATFORM_DIR', phases: buildpackPhases, standard: '/platform' },
  { flag: 'previous-image', env: 'CNB_PREVIOUS_IMAGE', phases: ['analyzer', 'creator', 'rebaser'] },
  { flag: 'process-type', env: 'CNB_PROCESS_TYPE', phases: ['exporter', 'creator'] },
  {
    flag: 'project-metadata',
    env: 'CNB_PROJECT_METADATA_PATH',
    phases: ['exporter', 'creator'],
    standard: '<layers>/project-metadata.toml',
  },
  {
    flag: 'report',
    env: 'CNB_REPORT_PATH',
    phases: ['exporter', 'creator', 'rebaser'],
    standard: '<layers>/report.toml',
  },
  {
    flag: 'run',
    env: 'CNB_RUN_PATH',
    phases: [...imagePhases, 'detector', 'restorer'],
    standard: '/cnb/run.toml',
  },
  { flag: 'run-image', env: 'CNB_RUN_IMAGE', phases: ['analyzer', 'creator', 'rebaser'] },
  { flag: 'stack', env: 'CNB_STACK_PATH', phases: imagePhases, standard: '/cnb/stack.toml', api: '0.11' },
  { flag: 'system', env: 'CNB_SYSTEM_PATH', phases: ['detector', 'creator'], standard: '/cnb/system.toml' },
];
const switches: readonly Input[] = [
  { flag: 'daemon', env: 'CNB_USE_DAEMON', phases: [...imagePhases, 'restorer', 'rebaser'] },
  { flag: 'force', env: 'CNB_FORCE_REBASE', phases: ['rebaser'] },
  { flag: 'layout', env: 'CNB_USE_LAYOUT', phases: [...imagePhases, 'restorer'] },
  { flag: 'no-color', env: 'CNB_NO_COLOR', phases: all },
  { flag: 'parallel', env: 'CNB_PARALLEL_EXPORT', phases: ['exporter', 'creator'] },
  { flag: 'skip-layers', env: 'CNB_SKIP_LAYERS', phases: ['analyzer', 'restorer'] },
  { flag: 'skip-restore', env: 'CNB_SKIP_RESTORE', phases: ['creator'] },
];

const each = (list: readonly Input[]): readonly (Input & { readonly phase: PhaseName })[] =>
  list.flatMap((input) => input.phases.map((phase) => ({ ...input, phase })));

function read(
  { phase, api = '0.15' }: { readonly phase: PhaseName; readonly api?: string },
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): PhaseInputs {
  const platformApi = parseApiVersion(api);
  const found = platformApi && readPhaseInputs(phase, words, { platformApi, env, cwd: '/here' });
  if (!found) throw new Error('No inputs');
  return found;
}

describe('a flag beats its variable, and that what nobody said [FIL-12] [FIL-13] [VER-11]', () => {
  test.each(each(inputs))('$phase: -$flag, $env', (input) => {
    const { flag, env, standard = '' } = input;
    expect(read(input, []).text(flag)).toBe(standard.replace('<layers>', '/layers'));
    expect(read(input, [], { [env]: '/from/variable' }).text(flag)).toBe('/from/variable');
    expect(read(input, [`-${flag}`, '/from/flag'], { [env]: '/from/variable' }).text(flag)).toBe('/from/flag');
  });

  test.each(each(inputs.filter(({ standard }) => standard?.startsWith('<layers>'))))(
    '$phase: -$flag is in the layers directory, wherever that is',
    (input) => {
      const elsewhere = read(input, [], { CNB_LAYERS_DIR: 'elsewhere' }).text(input.flag);
      expect(elsewhere).toBe(input.standard?.replace('<layers>', '/here/elsewhere'));
    },
  );

  test.each(each(switches))('$phase: -$flag, $env', (input) => {
    const { flag, env } = input;
    expect(read(input, []).isSet(flag)).toBe(false);
    expect(read(input, [], { [env]: 'true' }).isSet(flag)).toBe(true);
    expect(read(input, [`-${flag}=false`], { [env]: 'true' }).isSet(flag)).toBe(false);
    expect(read(input, [`-${flag}`]).isSet(flag)).toBe(true);
  });

  test.each(['analyzer', 'restorer', 'exporter', 'creator', 'rebaser'] as const)(
    '%s: -uid, -gid and -insecure-registry',
    (phase) => {
      const env = { CNB_USER_ID: '7', CNB_GROUP_ID: '8', CNB_INSECURE_REGISTRIES: 'one,two' };
      const ofVariables = read({ phase }, [], env);
      expect([ofVariables.number('uid'), ofVariables.number('gid')]).toEqual([7, 8]);
      expect(ofVariables.list('insecure-registry')).toEqual(['one', 'two']);
      const words = ['-uid=1', '-gid=2', '-insecure-registry=three', '-insecure-registry=four'];
      const ofFlags = read({ phase }, words, env);
      expect([ofFlags.number('uid'), ofFlags.number('gid')]).toEqual([1, 2]);
      expect(ofFlags.list('insecure-registry')).toEqual(['three', 'four']);
    },
  );

  test.each(buildpackPhases)('%s: CNB_EXEC_ENV, production by default', (phase) => {
    expect(read({ phase }, []).execEnv).toBe('production');
    expect(read({ phase }, [], { CNB_EXEC_ENV: 'test' }).execEnv).toBe('test');
  });
});
