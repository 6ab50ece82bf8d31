import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.ts';

interface PackageFacts {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

/**
 * The text of THIRD_PARTY_LICENSES: every package whose code is in the bundle, with the license text it came with.
 * Throws when a bundled package has no license text, because its terms would then not be met.
 */
export async function thirdPartyLicenses(root: string, inputs: readonly string[]): Promise<string> {
  const folders = new Set(inputs.flatMap((input) => packageFolder(input) ?? []));
  const packages = await Promise.all([...folders].map((folder) => packageFacts(join(root, folder))));
  const sections = packages
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
    .map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text.trim()}\n`);
  const intro = 'The JavaScript files of this package contain code of the packages below, under their own licenses.\n';
  return [intro, ...sections].join(`\n${'-'.repeat(80)}\n\n`);
}

/** `node_modules/a/node_modules/@b/c` for `node_modules/a/node_modules/@b/c/lib/x.js`. */
function packageFolder(input: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

async function packageFacts(folder: string): Promise<PackageFacts> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const field = (key: string): string => {
    const value: unknown = typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, key) : undefined;
    if (typeof value !== 'string') throw new Error(`${folder}/package.json has no ${key}`);
    return value;
  };
  const name = field('name');
  // For a package that declares a license and forgot its text.
  const own = join(repositoryRoot, 'scripts/build/license-texts', `${name}.txt`);
  const text = existsSync(own) ? await readFile(own, 'utf8') : await licenseText(folder);
  return { name, version: field('version'), license: field('license'), text };
}

async function licenseText(folder: string): Promise<string> {
  const files = await readdir(folder);
  const file = files.find((name) => /^licen[cs]e/i.test(name)) ?? files.find((name) => /^readme/i.test(name));
  const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8');
  if (file === undefined || (/^readme/i.test(file) && !/licen[cs]e/i.test(text))) {
    throw new Error(`${folder} is bundled but comes with no license text`);
  }
  return /^readme/i.test(file) ? text.slice(text.search(/^#* *licen[cs]e/im)) : text;
}
