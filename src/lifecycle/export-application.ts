import type { Slice } from '../cnb/launch.ts';
import type { PathPair } from '../environment/build-environment.ts';
import type { Event, Report } from '../events.ts';
import { showPath } from '../fs/byte-path.ts';
import { directoryEntries } from '../layer/directory-entries.ts';
import { parentEntries, type TarEntry } from '../layer/tar-entry.ts';
import type { ExportContext } from './export-context.ts';
import type { ExportedLayer } from './pack-layers.ts';
import { sliceFiles } from './slice-files.ts';

/** The application: a layer for each slice, then one for what is left (EXP-09). Entries are sorted by their whole path (TAR-06). */
export async function exportApplication(
  { app, appPath, slices }: { readonly app: PathPair; readonly appPath: string; readonly slices: readonly Slice[] },
  context: ExportContext,
): Promise<readonly ExportedLayer[]> {
  const report = once(context.report);
  const list = (): Iterable<TarEntry> =>
    directoryEntries(app.host, app.image, { ...context.owner, order: 'path', report });
  const relocated = (entries: Iterable<TarEntry>): Iterable<TarEntry> =>
    context.relocation?.entries(entries, 'application') ?? entries;
  if (slices.length === 0) {
    const entries = function* (): Generator<TarEntry> {
      yield* parentEntries(app.image, context.owner);
      yield* list();
    };
    return [
      await context.pack({ name: 'application', createdBy: 'Application Layer', entries: () => relocated(entries()) }),
    ];
  }
  const layers: ExportedLayer[] = [];
  for (const [index, entries] of slicedEntries(list(), { app, appPath, slices }).entries()) {
    const withParents = entries.length === 0 ? [] : [...parentEntries(app.image, context.owner), ...entries];
    layers.push(
      await context.pack({
        name: `application slice ${index + 1}`,
        createdBy: `Application Slice: ${index + 1}`,
        entries: () => relocated(withParents),
      }),
    );
  }
  return layers;
}

/** Slices are about the application, which may be a directory of the workspace that is exported as a whole. */
function slicedEntries(
  entries: Iterable<TarEntry>,
  { app, appPath, slices }: { readonly app: PathPair; readonly appPath: string; readonly slices: readonly Slice[] },
): readonly (readonly TarEntry[])[] {
  const files = [...entries].map((entry) => ({
    path: showPath(entry.path).slice(app.image.length + 1),
    isDirectory: entry.type === 'directory',
    entry,
  }));
  const prefix = appPath === '.' ? '' : `${appPath.replaceAll(/[*?[\\]/g, String.raw`\$&`)}/`;
  const inWorkspace = slices.map(({ paths }) => ({
    paths: paths.map((path) => (path.startsWith('/') ? path : `${prefix}${path}`)),
  }));
  return sliceFiles(files, inWorkspace, app.image).map((list) => list.map(({ entry }) => entry));
}

/** Files are listed twice where a layer is compared before it is packed: a warning about one is worth saying once. */
function once(report: Report): Report {
  const seen = new Set<string>();
  return (event: Event) => {
    const key = JSON.stringify(event);
    if (event.type === 'warning' && seen.has(key)) return;
    seen.add(key);
    report(event);
  };
}
