import type { CommandDefinition } from '../command.ts';

export const remove: CommandDefinition = {
  name: 'remove',
  summary: 'Remove images from the store',
  description: ['Their blobs go with the next `cache prune`, unless another image has them too.'],
  arguments: [{ name: '<NAME...>', description: 'Names as `images` lists them' }],
  options: [],
  examples: [{ command: 'tsbuildpack remove app', what: 'free the name' }],
  load: () => import('./remove.run.ts'),
};
