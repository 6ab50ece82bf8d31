import type { CommandDefinition } from '../command.ts';

export const doctor: CommandDefinition = {
  name: 'doctor',
  summary: 'Look at this machine and say what works, what does not, and what follows',
  arguments: [],
  options: [],
  examples: [
    { command: 'tsbuildpack doctor', what: 'Node, store, isolation, container runtimes, Go, registries, proxies' },
  ],
  load: () => import('./doctor.run.ts'),
};
