import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { contentEntry, directoryEntry, symlinkEntry, type TarEntry } from '../../src/layer/tar-entry.ts';
import { tarBytes } from '../../src/layer/tar-writer.ts';

/** A package that a test makes. */
export interface TestPackage {
  readonly name: string;
  /** @default '1.0-1' */
  readonly version?: string;
  /** @default 'amd64' */
  readonly architecture?: string;
  /** Further fields of the control file: `{ Depends: 'libc6 (>= 2.36)' }`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** By absolute path. */
  readonly files?: Readonly<Record<string, TestFile>>;
  /** `postinst`, `preinst`, `conffiles`, … */
  readonly control?: Readonly<Record<string, string>>;
}

export type TestFile =
  | string
  | { readonly content: string | Uint8Array; readonly mode?: number }
  | { readonly link: string }
  | { readonly hardLink: string }
  | { readonly directory: number };

const root = { uid: 0, gid: 0 };

/** The fields of the control file, in the order in which they are written. */
export function controlFields({
  name,
  version = '1.0-1',
  architecture = 'amd64',
  fields = {},
}: TestPackage): readonly [string, string][] {
  const all = {
    Package: name,
    Version: version,
    Architecture: architecture,
    Maintainer: 'Nobody <nobody@packages.example>',
    Priority: 'optional',
    Description: `${name} for tests`,
    ...fields,
  };
  return Object.entries(all);
}

/** The bytes of a .deb: the same for the same package. */
export function debFile(made: TestPackage): Buffer {
  const { files = {}, control = {} } = made;
  const text = controlFields(made).map(([key, value]) => `${key}: ${value}\n`);
  const sums = Object.entries(files).flatMap(([path, file]) => {
    const content = typeof file === 'string' ? file : 'content' in file ? file.content : undefined;
    return content === undefined ? [] : [`${createHash('md5').update(content).digest('hex')}  ${path.slice(1)}\n`];
  });
  const controlEntries = Object.entries({ control: text.join(''), md5sums: sums.join(''), ...control });
  return arFile([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', tarGz(controlEntries.map(([name, content]) => contentEntry(`./${name}`, content, root)))],
    ['data.tar.gz', tarGz(dataEntries(files))],
  ]);
}

function dataEntries(files: Readonly<Record<string, TestFile>>): readonly TarEntry[] {
  const entries = new Map<string, TarEntry>();
  for (const [path, file] of Object.entries(files)) {
    const parts = path.split('/').slice(1, -1);
    for (const [index] of parts.entries()) {
      const above = `./${parts.slice(0, index + 1).join('/')}`;
      if (!entries.has(above)) entries.set(above, directoryEntry(above, root));
    }
    entries.set(`.${path}`, fileEntry(`.${path}`, file));
  }
  return [...entries.values()];
}

function fileEntry(path: string, file: TestFile): TarEntry {
  if (typeof file === 'string') return contentEntry(path, file, root);
  if ('link' in file) return symlinkEntry(path, file.link, root);
  if ('directory' in file) return directoryEntry(path, { ...root, mode: file.directory });
  if ('hardLink' in file) {
    return { path, type: 'hardlink', mode: 0o644, ...root, sizeBytes: 0, linkTarget: `.${file.hardLink}` };
  }
  return contentEntry(path, file.content, { ...root, ...(file.mode !== undefined && { mode: file.mode }) });
}

export function tarGz(entries: readonly TarEntry[]): Buffer {
  return gzipSync(Buffer.concat([...tarBytes(entries)]));
}

/** In the form of deb(5). */
export function arFile(members: readonly (readonly [string, Uint8Array])[]): Buffer {
  const parts = members.flatMap(([name, content]) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`,
    ),
    content,
    Buffer.from(content.length % 2 === 1 ? '\n' : ''),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}
