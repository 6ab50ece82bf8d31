import type { CommandDefinition } from '../command.ts';

export const copy: CommandDefinition = {
  name: 'copy',
  summary: 'Copy an image from one place to another',
  description: [
    'SRC and DST are places as `build --output` takes them; a bare NAME is of the store. The manifest, and so the digest, stays the same wherever the destination can hold it.',
  ],
  arguments: [
    { name: '<SRC>', description: 'Where the image is' },
    { name: '<DST>', description: 'Where it goes' },
  ],
  options: [
    { flags: '--platform <os/arch>', description: 'Which image of an index' },
    { flags: '--hostname <name>', description: 'Host name in a bundle that is written' },
  ],
  examples: [
    { command: 'tsbuildpack copy app docker-archive:app.tar', what: 'from the store to a file for `docker load`' },
    { command: 'tsbuildpack copy oci:./layout docker://registry.example/app:1.0', what: 'from a layout to a registry' },
  ],
  load: () => import('./copy.run.ts'),
};
