import type { CommandDefinition } from '../command.ts';

export const cacheInfo: CommandDefinition = {
  name: 'cache info',
  summary: 'Show where the store is and what takes up space in it',
  arguments: [],
  options: [],
  examples: [{ command: 'tsbuildpack cache info', what: 'place, and size by kind' }],
  load: () => import('./cache-info.run.ts'),
};

export const cacheVerify: CommandDefinition = {
  name: 'cache verify',
  summary: 'Read every blob and remove what is damaged',
  description: ['Exits with 62 when something was damaged; the next build makes or fetches it again.'],
  arguments: [],
  options: [],
  examples: [{ command: 'tsbuildpack cache verify', what: 'after a disk failure, or a cache that CI restored' }],
  load: () => import('./cache-verify.run.ts'),
};

export const cachePrune: CommandDefinition = {
  name: 'cache prune',
  summary: 'Remove what no named image needs',
  description: ['Never removes a named image or what it needs, unless --images says so. Safe while builds run.'],
  arguments: [],
  options: [
    {
      flags: '--max-size <size>',
      description: 'Remove the longest unused first, until the store is no larger: 500MB, 10GB',
    },
    { flags: '--unused-for <time>', description: 'Remove only what was not used for this long: 12h, 30d' },
    { flags: '--images', description: 'Remove named images too' },
  ],
  examples: [
    { command: 'tsbuildpack cache prune --unused-for 30d', what: 'what nobody used for a month' },
    { command: 'tsbuildpack cache prune --max-size 10GB', what: 'keep the store small' },
  ],
  load: () => import('./cache-prune.run.ts'),
};
