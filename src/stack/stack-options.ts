import type { Report } from '../events.ts';
import type { ImageSource } from '../image/place.ts';
import type { Platform } from '../oci/platform.ts';
import type { Store } from '../store/store.ts';

/** Where the packages and images of stacks may come from, besides what the stack itself says. */
export interface StackWays {
  /** `--debian-mirror`: goes before this machine's own sources. */
  readonly debianMirror?: string | undefined;
  /** Images that `tsbuildpack stack build` made, by stack: places as the user writes them. */
  readonly stackImages?: Readonly<Record<string, string>> | undefined;
  /** Where this machine's package sources are. @default '/etc/apt' */
  readonly aptDir?: string | undefined;
}

export interface StackOptions {
  readonly platform: Platform;
  readonly store: Store;
  readonly report: Report;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
  /** The host's: proxies. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ways: StackWays;
  /** Opens a place as the user writes it. */
  readonly openPlace: (place: string) => Promise<ImageSource>;
  /** Look for newer packages now, however short ago somebody looked. */
  readonly refresh?: boolean | undefined;
  /** What an earlier build resolved it to: obeyed, or an error. */
  readonly pinned?: string | undefined;
}
