import { TsbuildpackError } from '../errors.ts';

/** What an image runs on, in Go's words — https://github.com/opencontainers/image-spec/blob/main/image-index.md */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** `linux/arm64` or `linux/arm/v7`. Throws USAGE. */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...rest] = text.split('/');
  if (!os || !architecture || rest.length > 0 || variant === '') {
    throw new TsbuildpackError('USAGE', `Cannot read platform "${text}"`, {
      hint: 'Write it as os/arch, for example linux/arm64',
    });
  }
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
}
