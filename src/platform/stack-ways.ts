import type { StackWays } from '../stack/stack-options.ts';
import type { Settings } from './settings.ts';

/** Where the settings say that packages and images of stacks come from. */
export function stackWays(settings: Pick<Settings, 'debian-mirror' | 'stack-images'>): StackWays {
  return { debianMirror: settings['debian-mirror'], stackImages: settings['stack-images'] };
}
