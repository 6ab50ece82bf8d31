// `npm run check`: everything that a change has to pass and that needs no other program than Node.
import { checkSteps } from './check/check-steps.ts';
import { runSteps } from './check/step.ts';
import { repositoryRoot } from './repository-root.ts';

const { passed, failed } = await runSteps(checkSteps(repositoryRoot));
console.log(`\n${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
