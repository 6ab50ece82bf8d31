import { TsbuildpackError } from '../errors.ts';

/** What an image runs on, in Go's words — https://github.com/opencontainers/image-spec/blob/main/image-index.md */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** What Go builds for (`go tool dist list`), and `wasi`, which registries have for modules of WebAssembly. */
const systems: readonly string[] =
  'linux aix android darwin dragonfly freebsd illumos ios js netbsd openbsd plan9 solaris wasi wasip1 windows'.split(
    ' ',
  );
const architectures: readonly string[] =
  'amd64 arm64 386 arm loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm'.split(' ');

/** What `uname -m` and Debian call them; containerd's platforms package reads the same words. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
  ['armhf', 'arm/v7'],
  ['armel', 'arm/v6'],
]);

/** `linux/arm64` or `linux/arm/v7`, as a person typed it. Throws USAGE. */
export function parsePlatform(text: string): Platform {
  const [os, name = '', ...more] = text.split('/');
  const [architecture, variant, ...rest] = [...(otherNames.get(name) ?? name).split('/'), ...more];
  if (!os || !architecture || rest.length > 0 || variant === '') {
    throw new TsbuildpackError('USAGE', `Cannot read platform "${text}"`, {
      hint: 'Write it as os/arch, for example linux/arm64',
    });
  }
  refuseUnknown(text, { what: 'operating system', name: os, known: systems });
  refuseUnknown(text, { what: 'architecture', name: architecture, known: architectures });
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

interface PlatformWord {
  readonly what: string;
  readonly name: string;
  readonly known: readonly string[];
}

function refuseUnknown(text: string, { what, name, known }: PlatformWord): void {
  if (known.includes(name)) return;
  throw new TsbuildpackError('USAGE', `Cannot read platform "${text}": there is no ${what} "${name}"`, {
    hint: `Use one of ${known.join(', ')}`,
  });
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
}
