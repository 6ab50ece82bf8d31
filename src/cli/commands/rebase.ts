import type { CommandDefinition } from '../command.ts';
import { stackOptions } from './stack-options.ts';

export const rebase: CommandDefinition = {
  name: 'rebase',
  summary: 'Put images on a newer version of their run image, without building',
  description: [
    'The layers of the run image are replaced, the layers of the application stay as they are: none is read, and of a registry’s image only manifest and config move. An IMAGE is any place that can be read and written; it goes back to where it was.',
    'Refused where the new run image may not fit: another operating system, architecture or distribution, another run image than the image was made on, or an image that says it must not be rebased.',
  ],
  arguments: [{ name: '<IMAGE...>', description: 'Images that buildpacks made' }],
  options: [
    {
      flags: '--run-image <place>',
      description: 'The new run image',
      default: 'the one the image names, in its newest version',
    },
    ...stackOptions,
    { flags: '--force', description: 'Rebase although a rule speaks against it' },
    { flags: '--dry-run', description: 'Say what would be written, and write nothing' },
  ],
  examples: [
    { command: 'tsbuildpack rebase registry.example/team/app:1.0', what: 'after a security update of its run image' },
    { command: 'tsbuildpack rebase app --dry-run', what: 'see whether there is anything to do' },
  ],
  load: () => import('./rebase.run.ts'),
};
