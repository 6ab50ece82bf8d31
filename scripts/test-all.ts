// The second half of `npm run test:all`, after scripts/setup: what `npm run check` does, then every slow suite.
import { checkSteps } from './check/check-steps.ts';
import { runSteps } from './check/step.ts';
import { runVitest } from './check/vitest.ts';
import { repositoryRoot } from './repository-root.ts';

const { passed, failed } = await runSteps([
  ...checkSteps(repositoryRoot),
  { name: 'slow tests', run: () => runVitest(repositoryRoot, 'slow') },
]);
// CI reads this line: it has to be the last one.
console.log(`\n${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
