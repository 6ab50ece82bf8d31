import { createHash } from 'node:crypto';

export interface InstalledFacts {
  /** The package's own control file. */
  readonly control: string;
  /** The package's own list of files that are configuration. */
  readonly conffiles: readonly string[];
  /** The bytes of such a file; undefined when it is not in the image. */
  readonly read: (path: string) => Uint8Array | undefined;
}

/** The package's paragraph of `/var/lib/dpkg/status`, which scanners read: https://manpages.debian.org/dpkg-query */
export function statusParagraph({ control, conffiles, read }: InstalledFacts): string {
  const [first = '', ...rest] = control.trimEnd().split('\n');
  const sums = conffiles.flatMap((path) => {
    const bytes = read(path);
    return bytes === undefined ? [] : [` ${path} ${createHash('md5').update(bytes).digest('hex')}`];
  });
  return [
    first,
    'Status: install ok installed',
    ...rest,
    ...(sums.length === 0 ? [] : ['Conffiles:', ...sums]),
    '',
  ].join('\n');
}

/** The whole file: paragraphs with an empty line between them. */
export function statusFile(paragraphs: readonly string[]): string {
  return paragraphs.map((paragraph) => `${paragraph}\n`).join('');
}
