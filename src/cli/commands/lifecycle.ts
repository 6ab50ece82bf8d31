import type { CommandDefinition } from '../command.ts';

export const lifecycle: CommandDefinition = {
  name: 'lifecycle',
  summary: 'Run one phase of the CNB platform specification, for platforms that drive them',
  description: [
    'PHASE is analyzer, detector, restorer, builder, exporter, creator or rebaser. What follows is read as the platform specification has it: flags with one dash, CNB_* variables, files at their places; the exit status is the phase’s. CNB_PLATFORM_API has to be set (0.7 to 0.15).',
    'The phases run in the directories that the flags name, as the container that a platform made has them: nothing is isolated here. A build that starts on a machine of yours is "tsbuildpack build".',
  ],
  arguments: [
    { name: '<PHASE>', description: 'Which phase' },
    { name: '[FLAG...]', description: 'Its flags and images: docs/lifecycle.md' },
  ],
  options: [],
  raw: true,
  examples: [
    {
      command: 'CNB_PLATFORM_API=0.15 tsbuildpack lifecycle detector -app /workspace -order /cnb/order.toml',
      what: 'finds the group, and writes group.toml and plan.toml to /layers',
    },
    {
      command:
        'CNB_PLATFORM_API=0.15 tsbuildpack lifecycle creator -run-image registry.example/run registry.example/app',
      what: 'all phases in one process',
    },
  ],
  load: () => import('./lifecycle.run.ts'),
};
