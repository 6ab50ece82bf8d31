import type { OptionDefinition } from '../command.ts';

/** Where stacks come from, for every command that may need one. */
export const stackOptions: readonly OptionDefinition[] = [
  {
    flags: '--debian-mirror <url>',
    description: 'Take the packages of stacks from there',
    default: 'the package sources of this machine, where they have that distribution',
    setting: 'debian-mirror',
  },
  {
    flags: '--stack-image <name=place>',
    description: 'The images of a stack that `stack build --output PLACE` wrote, where no packages can be had',
    repeatable: true,
    setting: 'stack-images',
  },
];
