import type { CommandDefinition } from '../command.ts';

export const run: CommandDefinition = {
  name: 'run',
  summary: 'Start an application or an image in a container, here',
  description: [
    'A folder is built first. The image is unpacked into a bundle and started by the first OCI runtime found here that works (runc, crun, youki, podman). The exit status is the process’s own.',
  ],
  arguments: [
    { name: '<DIR|IMAGE>', description: 'A folder with source, or an image' },
    {
      name: '[ARGUMENTS...]',
      description: 'For the process, in place of its own arguments; after -- they may begin with -',
    },
  ],
  options: [
    { flags: '-e, --env <key[=value]>', description: 'A variable for the process', repeatable: true },
    { flags: '--process <type>', description: 'The process to start', default: 'what the image starts by itself' },
    {
      flags: '--network <kind>',
      description: 'host, as `npm start` has it, or none',
      choices: ['host', 'none'],
      default: 'host',
    },
    { flags: '--platform <os/arch>', description: 'Which image of an index; of a folder, what to build it for' },
  ],
  examples: [
    { command: 'tsbuildpack run ./app', what: 'build it, start it' },
    { command: 'tsbuildpack run --network none app', what: 'an image of the store, without a network' },
  ],
  load: () => import('./run.run.ts'),
};
