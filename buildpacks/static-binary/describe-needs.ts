import type { ElfFile } from '../../src/buildpack/builtin.ts';

/** What a program needs of the run image, in one line; undefined when it needs nothing. */
export function describeNeeds({ interpreter, needed, versionNeeds }: ElfFile): string | undefined {
  const loader = interpreter === undefined ? [] : [`the loader ${interpreter}`];
  const libraries = needed.map((library) => {
    const versions = versionNeeds
      .filter((need) => need.library === library && !need.weak)
      .map(({ version }) => version);
    const newest = versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
    return newest === undefined ? library : `${library} (${newest})`;
  });
  const all = [...loader, ...libraries];
  return all.length === 0 ? undefined : all.join(', ');
}
