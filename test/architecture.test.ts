import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../scripts/repository-root.ts';

const pure = ['oci', 'cnb', 'elf'];
const disk = [...pure, 'fs'];
const blobs = [...disk, 'layer', 'registry'];
const images = [...blobs, 'debian', 'store', 'image', 'stack', 'source'];

/** What the files of each folder of src/ may import besides their own folder. Errors and events are everybody's. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  oci: [],
  elf: [],
  cnb: ['oci'],
  fs: pure,
  layer: disk,
  registry: disk,
  source: disk,
  // Packages and archives of Debian; what a stack makes of them is the stack's.
  debian: [...disk, 'layer', 'registry'],
  store: blobs,
  image: [...blobs, 'store'],
  environment: [...disk, 'layer'],
  // Built-in buildpacks fetch toolchains with the transport that registries are asked with.
  buildpack: [...disk, 'layer', 'registry', 'environment'],
  // A run image is chosen for what the buildpacks say they can run on, and is one of the resolved inputs they share.
  stack: [...blobs, 'debian', 'store', 'image', 'environment', 'buildpack'],
  lifecycle: [...images, 'environment', 'buildpack'],
  platform: [...images, 'environment', 'buildpack', 'lifecycle', 'buildpacks'],
  cli: [...images, 'environment', 'buildpack', 'lifecycle', 'platform', 'buildpacks'],
};

/** Files of src/ itself, which every folder may import, with what they may import. */
const shared: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'events.ts': ['oci'],
};

const specifier = /(?:from|import)\s*\(?\s*'(?<path>\.{1,2}\/[^']+)'/g;

function sourceFiles(folder: string): string[] {
  const absolute = join(repositoryRoot, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(repositoryRoot, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('node_modules/'));
}

function importsOf(file: string): string[] {
  const text = withoutComments(readFileSync(join(repositoryRoot, file), 'utf8'));
  return [...text.matchAll(specifier)].map((match) => join(dirname(file), match.groups?.['path'] ?? ''));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
}

/** `src/layer/x.ts` → `layer`; `src/errors.ts` → `errors.ts`; `buildpacks/go/x.ts` → `buildpacks`. */
function folderOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'src' ? second : top;
}

function wrongImports(
  files: readonly string[],
  table: Readonly<Record<string, readonly string[]>>,
  read: (file: string) => readonly string[] = importsOf,
): string[] {
  return files.flatMap((file) => {
    const from = folderOf(file);
    const allowed = table[from] ?? shared[from];
    if (allowed === undefined) return [`${file}: the import table has no row for ${from}`];
    return read(file)
      .filter((target) => {
        const to = folderOf(target);
        return to !== from && !allowed.includes(to) && !(to in shared);
      })
      .map((target) => `${file} (${from}) imports ${target} (${folderOf(target)})`);
  });
}

function cycleIn(table: Readonly<Record<string, readonly string[]>>): string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of table[node] ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle !== undefined) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of Object.keys(table)) {
    const cycle = visit(node, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe('imports', () => {
  test('the import table has no cycle', () => {
    expect(cycleIn(mayImport)).toBeUndefined();
    expect(cycleIn({ ...mayImport, oci: ['cli'] })).toBeDefined();
  });

  test('every folder of src imports only what stands below it', () => {
    expect(wrongImports(sourceFiles('src'), mayImport)).toEqual([]);
  });

  test('wrongImports() names the file and both folders', () => {
    const upward = wrongImports(['src/oci/digest.ts'], mayImport, () => ['src/layer/tar-writer.ts']);
    expect(upward).toEqual(['src/oci/digest.ts (oci) imports src/layer/tar-writer.ts (layer)']);
    expect(wrongImports(['src/new/x.ts'], mayImport)).toEqual(['src/new/x.ts: the import table has no row for new']);
  });

  test('built-in buildpacks see only the buildpack API, its part for built-in ones, and their own folder', () => {
    const visible = ['src/buildpack/api.ts', 'src/buildpack/builtin.ts'];
    // buildpacks/builtin.ts is the list of them.
    const files = sourceFiles('buildpacks').filter((file) => file !== 'buildpacks/builtin.ts');
    const outside = files.flatMap((file) => {
      const own = `${file.split('/').slice(0, 2).join('/')}/`;
      return importsOf(file)
        .filter((target) => !target.startsWith(own) && !visible.includes(target))
        .map((target) => `${file} imports ${target}`);
    });
    expect(outside).toEqual([]);
  });
});

describe('source text', () => {
  test('only the command line interface prints and exits', () => {
    const offenders = [...sourceFiles('src'), ...sourceFiles('buildpacks')]
      .filter((file) => folderOf(file) !== 'cli')
      // A process of its own: what it prints is what a buildpack's bin/detect and bin/build print.
      .filter((file) => file !== 'src/buildpack/runner.ts')
      .filter((file) =>
        /\bconsole\.|\bprocess\.(?:std(?:out|err)(?!\.isTTY)|exit\b|exitCode)/.test(
          withoutComments(readFileSync(join(repositoryRoot, file), 'utf8')),
        ),
      );
    expect(offenders).toEqual([]);
  });

  test('no file names a package registry, a mirror or a developer machine', () => {
    // Put together here, so that this file does not hold them itself.
    const addresses = [
      ['registry', 'npmjs', 'org'].join('.'),
      ['registry', 'yarnpkg', 'com'].join('.'),
      ['proxy', 'golang', 'org'].join('.'),
      ['deb', 'debian', 'org'].join('.'),
      ['repo', 'maven', 'apache', 'org'].join('.'),
      ['files', 'pythonhosted', 'org'].join('.'),
      ...['main', 'shared', 'brief', '.library', '.mirror'].map((name) => ['', 'work', name].join('/')),
    ];
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: repositoryRoot,
      encoding: 'utf8',
    })
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(repositoryRoot, file)));
    expect(files).toContain('package.json');
    const found = files.flatMap((file) => {
      const text = readFileSync(join(repositoryRoot, file), 'latin1');
      return addresses.filter((address) => text.includes(address)).map((address) => `${file}: ${address}`);
    });
    expect(found).toEqual([]);
  });
});
