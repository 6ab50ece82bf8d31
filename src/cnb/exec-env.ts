/**
 * Whether something limited to execution environments applies in `current`; an empty list or `*` means all of them
 * — https://github.com/buildpacks/spec/blob/main/buildpack.md#execution-environments (DET-22, PRC-14)
 */
export function appliesIn(execEnvs: readonly string[], current: string): boolean {
  return execEnvs.length === 0 || execEnvs.includes('*') || execEnvs.includes(current);
}

/** Where builds run unless told otherwise (ENV-28). */
export const defaultExecEnv = 'production';
