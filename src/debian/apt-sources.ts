import { join } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import type { Paragraph } from './deb822.ts';
import { parseParagraphs, wordsOf } from './deb822.ts';
import { configurationFiles, readOptional } from './read-apt-files.ts';

/** One line of sources.list(5), or what one paragraph of the newer form says about one address and one suite. Of binary packages only. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Of which packages only; undefined where it does not say. */
  readonly architectures: readonly string[] | undefined;
}

/**
 * What is enabled in apt's directory, in apt's order. Who signs (`Signed-By`, `trusted=yes`) is not read: that is said by who wants the
 * packages. A file that is not understood is passed over, as its sources are of no use then.
 */
export function readAptSources(aptDir: string): readonly AptSource[] {
  const parts = configurationFiles(join(aptDir, 'sources.list.d'), ['list', 'sources']);
  return [join(aptDir, 'sources.list'), ...parts].flatMap((path) => {
    const text = readOptional(path);
    if (text === undefined) return [];
    return path.endsWith('.sources') ? parseDeb822Sources(text, path) : parseSourcesList(text);
  });
}

/** `deb [ arch=amd64 signed-by=… ] https://mirror.example/debian trixie main contrib` */
function parseSourcesList(text: string): readonly AptSource[] {
  return text.split('\n').flatMap((line) => {
    const [, options = '', uri = '', suite = '', components = ''] =
      /^\s*deb\s+(?:\[(.*?)\]\s+)?((?:\[[^\]]*\]|[^\s#[])+)\s+([^\s#]+)([^#]*)/.exec(line) ?? [];
    const architectures = /(?:^|\s)arch=(?<list>\S+)/.exec(options)?.groups?.['list'];
    const source = { uri, suite, components: wordsOf(components), architectures: architectures?.split(',') };
    return isUsable(source) ? [source] : [];
  });
}

/** The paragraphs of a `.sources` file. */
function parseDeb822Sources(text: string, path: string): readonly AptSource[] {
  try {
    return parseParagraphs(text, { owner: `"${path}"`, code: 'SETTINGS_INVALID' }).flatMap(sourcesOf);
  } catch (error) {
    if (error instanceof TsbuildpackError) return [];
    throw error;
  }
}

function sourcesOf(paragraph: Paragraph): readonly AptSource[] {
  const words = (name: string): readonly string[] => wordsOf(paragraph.get(name));
  if (/^(?:no|false|off|0|without|disable)$/i.test(paragraph.get('enabled') ?? 'yes')) return [];
  if (!words('types').includes('deb')) return [];
  const components = words('components');
  const architectures = paragraph.has('architectures') ? words('architectures') : undefined;
  return words('uris')
    .flatMap((uri) => words('suites').map((suite) => ({ uri, suite, components, architectures })))
    .filter(isUsable);
}

/** Not disks that somebody has to put in, and not directories of packages without suites, whose names end with a slash. */
function isUsable({ uri, suite }: AptSource): boolean {
  return /^(?:https?|file|copy|mirror(?:\+[a-z]+)?):/.test(uri) && !suite.endsWith('/');
}
