import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ApiVersion } from '../../cnb/api-version.ts';
import { defaultExecEnv } from '../../cnb/exec-env.ts';
import { TsbuildpackError } from '../../errors.ts';
import { parseGoBool, parseGoFlags } from './go-flags.ts';
import { flagsOf, phaseFlags, type PhaseName } from './phase-flags.ts';

/** What a platform says to a phase: flags beat variables, variables beat defaults (VER-11). */
export interface PhaseInputs {
  readonly phase: PhaseName;
  readonly platformApi: ApiVersion;
  /** Images: what stands behind the flags. */
  readonly arguments: readonly string[];
  /** CNB_EXEC_ENV */
  readonly execEnv: string;
  /** Empty when nobody says. Paths are absolute. */
  text(name: string): string;
  isSet(name: string): boolean;
  list(name: string): readonly string[];
  number(name: string): number;
  /** Whether it stands on the command line, whatever the variables say. */
  isGiven(name: string): boolean;
}

export interface ReadInputsOptions {
  readonly platformApi: ApiVersion;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Undefined when help is asked for. Throws USAGE for flags that the phase does not have under this API, which ends with status 2 (VER-15). */
export function readPhaseInputs(
  phase: PhaseName,
  words: readonly string[],
  { platformApi, env, cwd }: ReadInputsOptions,
): PhaseInputs | undefined {
  const kinds = flagsOf(phase, platformApi);
  const parsed = parseGoFlags(words, kinds);
  if (parsed.kind === 'help') return undefined;
  if (parsed.kind === 'wrong') {
    const flags = [...kinds.keys()].toSorted().map((name) => `-${name}`);
    throw new TsbuildpackError('USAGE', `Cannot run the ${phase}: ${parsed.problem}`, { detail: flags.join(' ') });
  }
  const valuesOf = (name: string): readonly string[] => {
    const given = parsed.values.get(name);
    if (given !== undefined) return given;
    const { env: variable, kind, default: fallback } = phaseFlags[name] ?? {};
    const value = (variable === undefined ? undefined : env[variable]) || fallback;
    if (value === undefined) return [];
    return kind === 'list' ? value.split(',') : [value];
  };
  const text = (name: string): string => textOf(name, valuesOf, cwd);
  return {
    phase,
    platformApi,
    arguments: parsed.arguments,
    execEnv: env['CNB_EXEC_ENV'] || defaultExecEnv,
    text,
    isSet: (name) => parseGoBool(valuesOf(name).at(-1)) ?? false,
    list: valuesOf,
    number: (name) => Number.parseInt(valuesOf(name).at(-1) ?? '0', 10) || 0,
    isGiven: (name) => parsed.values.has(name),
  };
}

function textOf(name: string, valuesOf: (name: string) => readonly string[], cwd: string): string {
  const value = valuesOf(name).at(-1) ?? '';
  if (value === '' || phaseFlags[name]?.path !== true) return value;
  if (!value.startsWith('<layers>/')) return resolve(cwd, value);
  const path = resolve(cwd, valuesOf('layers').at(-1) ?? '', value.slice('<layers>/'.length));
  // ORD-17
  return name === 'order' && !existsSync(path) ? '/cnb/order.toml' : path;
}
