import type { CommandDefinition } from '../command.ts';

const places =
  'docker://HOST/NAME:TAG, oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME or store:NAME; a bare NAME is looked up in the store, then in its registry';

export const inspect: CommandDefinition = {
  name: 'inspect',
  summary: 'Show what an image is made of',
  description: [`IMAGE is ${places}.`],
  arguments: [{ name: '<IMAGE>', description: 'The image, also one that others built' }],
  options: [
    {
      flags: '--platform <os/arch>',
      description: 'Which image of an index',
      default: 'the only one, or linux and this machine’s architecture',
    },
  ],
  examples: [
    {
      command: 'tsbuildpack inspect app',
      what: 'configuration, layers with sizes and makers, processes, buildpacks, run image',
    },
    { command: 'tsbuildpack inspect oci:./layout --json', what: 'the same as data' },
  ],
  load: () => import('./inspect.run.ts'),
};
