import type { ScenarioBuildpack, ScenarioExtension } from './scenario.ts';
import { defaultVersion } from './scenario.ts';

type Phase = 'detect' | 'build' | 'generate';

/** Where a buildpack's program leaves how it was started, by phase, buildpack and version. */
function probeName({ id, version = defaultVersion }: ScenarioBuildpack | ScenarioExtension, phase: Phase): string {
  return `${phase} ${id.replaceAll('/', '_')}@${version}`;
}

/** The head of every script: it notes arguments, environment as it was handed over, and what a build found restored. */
export function probeOf(buildpack: ScenarioBuildpack | ScenarioExtension, phase: Phase): string {
  const dir = `'/probe/${probeName(buildpack, phase)}'`;
  const found = phase === 'detect' ? '' : `/bin/cp -a "$1" ${dir}/layers\n/bin/cp "$3" ${dir}/plan.toml\n`;
  return `#!/bin/sh
/bin/mkdir -p ${dir}
echo run >>${dir}/runs
/bin/cat /proc/$$/environ >${dir}/env
printf '%s\\0' "$0" "$PWD" "$@" >${dir}/args
${found}set -e
`;
}
