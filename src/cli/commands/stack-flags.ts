import type { StackFlags } from '../../platform/stack-tools.ts';
import { listOption, textOption, type Options } from '../command.ts';

/** The options that all commands about stacks share, as the platform takes them. */
export function readStackFlags(options: Options): StackFlags {
  return {
    platform: textOption(options, 'platform'),
    debianMirror: textOption(options, 'debianMirror'),
    stackImages: listOption(options, 'stackImage'),
    store: textOption(options, 'store'),
  };
}
