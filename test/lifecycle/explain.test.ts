import { expect, test } from 'vitest';
import type { Buildpack } from '../../src/buildpack/buildpack.ts';
import { explainTrials } from '../../src/cli/render/explain-trials.ts';
import { detect, type GroupTrial } from '../../src/lifecycle/detect.ts';
import { group, openPhases, optional } from './phase-fixture.ts';

test('every group that is tried is told, with who failed and why [PLN-03] [PLN-06] [DET-13] [TGT-13]', async () => {
  const phases = await openPhases();
  const passing = (id: string, plan = ''): Promise<Buildpack> =>
    phases.script({ id, detect: `cat > "$CNB_BUILD_PLAN_PATH" <<'END'\n${plan}\nEND` });
  const no = await phases.script({ id: 'a/no', detect: 'echo there is no such file; exit 100' });
  const breaks = await phases.script({ id: 'a/breaks', detect: 'exit 7' });
  const wants = await passing('a/wants', '[[requires]]\nname = "x"');
  const offers = await passing('a/offers', '[[provides]]\nname = "y"');
  const fine = await passing('a/fine');
  const groups: GroupTrial[] = [];
  const request = {
    order: [group(no, fine), group(breaks), group(wants), group(optional(no), optional(offers), fine)],
    buildpacks: new Map(),
    env: {},
    target: { os: 'linux', arch: 'amd64' },
    appPath: '.',
    isolation: 'mapped' as const,
  };
  const result = await detect(request, {
    environment: phases.environment,
    hostEnv: { PATH: process.env['PATH'] },
    report: () => undefined,
    onTrial: (trial) => groups.push(trial),
  });
  expect(result.found).toBe(true);
  expect(explainTrials(groups)).toEqual([
    'Group 1: does not fit',
    '  fail  a/no@1.0.0    there is no such file',
    '  pass  a/fine@1.0.0',
    'Group 2: failed',
    '  error  a/breaks@1.0.0  its bin/detect ended with status 7',
    'Group 3: does not fit',
    '  pass  a/wants@1.0.0',
    '  a/wants requires "x", which nobody provides',
    'Group 4: taken',
    '  fail  a/no@1.0.0 (optional)      there is no such file',
    '  drop  a/offers@1.0.0 (optional)  it passed, but its part of the plan does not fit',
    '  pass  a/fine@1.0.0',
  ]);
});
