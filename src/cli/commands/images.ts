import type { CommandDefinition } from '../command.ts';

export const images: CommandDefinition = {
  name: 'images',
  summary: 'List the images in the store',
  arguments: [],
  options: [],
  examples: [{ command: 'tsbuildpack images', what: 'names, digests, platforms, sizes and when they were built' }],
  load: () => import('./images.run.ts'),
};
