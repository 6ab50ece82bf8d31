import type { DetectResult, StackNeed } from '../../../src/buildpack/api.ts';
import { TsbuildpackError } from '../../../src/buildpack/builtin.ts';
import type { NodeProject } from '../find-project.ts';
import { buildScripts } from '../scripts/build-scripts.ts';
import type { PlannedProcess, StartPlan } from './plan-start.ts';
import { planStart, stackOf } from './plan-start.ts';

type Env = Readonly<Record<string, string>>;

/** Whether there is something to start, before anything is installed or built; files that only the build makes are not asked for. */
export function detectStart(
  project: NodeProject,
  env: Env,
): { readonly pass: true; readonly stack?: StackNeed } | Extract<DetectResult, { pass: false }> {
  const plan = planOf(project, env);
  switch (plan.result) {
    case 'static':
      return { pass: false, reason: staticReason(plan) };
    case 'nothing':
      return {
        pass: false,
        reason: `package.json has no start script and ${mainOf(project)}, and there is no server.js, index.js or Procfile`,
        wanted: ['server.js', 'index.js', 'Procfile'],
      };
    default: {
      const stack = stackOf(plan);
      return { pass: true, ...(stack && { stack }) };
    }
  }
}

function mainOf({ app }: NodeProject): string {
  const main = app?.manifest.main;
  return main === undefined ? 'no main file' : `its main file "${main}" does not exist`;
}

/** What starts. Throws BUILD_FAILED when that cannot be the process of an image. */
export function processesOf(project: NodeProject, env: Env): readonly PlannedProcess[] {
  const plan = planOf(project, env);
  if (plan.result === 'starts') {
    if (env['BP_NODE_TRACE'] === 'true') refuseShell(plan.processes);
    return plan.processes;
  }
  const { message, hint } =
    plan.result === 'problem' ? plan : { message: 'nothing starts it', hint: 'Add a script "start"' };
  throw new TsbuildpackError('BUILD_FAILED', `Cannot start the application: ${message}`, { hint });
}

/** What a shell starts is known only when it does. */
function refuseShell(processes: readonly PlannedProcess[]): void {
  const process = processes.find(({ command }) => command.kind === 'shell');
  if (process === undefined) return;
  throw new TsbuildpackError(
    'INVALID_INPUT',
    `Cannot trace dependencies: the command of ${process.origin} is for a shell`,
    {
      hint: 'Leave BP_NODE_TRACE out, or start a file: node server.js',
    },
  );
}

function planOf(project: NodeProject, env: Env): StartPlan {
  const scripts = buildScripts(project, env['BP_NODE_RUN_SCRIPTS']);
  return planStart(project, {
    startScript: nonEmpty(env['BP_NODE_START_SCRIPT']),
    ranScripts: scripts.filter((one) => one.package === project.app).map(({ script }) => script),
  });
}

function staticReason({ framework: { name, way } }: Extract<StartPlan, { result: 'static' }>): string {
  const pointer =
    'an image of static files needs a web server, for which there is no buildpack yet; a dependency such as sirv-cli with a script "start" is one';
  return `it is a ${name} application without a server: ${way ?? pointer}`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
