import type { OptionDefinition } from './command.ts';

/** Understood by every command. */
export const globalOptions: readonly OptionDefinition[] = [
  { flags: '--json', description: 'Write events and the result as JSON, one object a line, to standard output' },
  { flags: '-q, --quiet', description: 'Show results, warnings and errors only' },
  { flags: '-v, --verbose', description: 'Show also what matters for finding out why' },
  {
    flags: '--store <dir>',
    description: 'Keep images, caches and toolchains there',
    default: '$XDG_CACHE_HOME/tsbuildpack',
    setting: 'store',
  },
];
