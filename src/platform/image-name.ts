import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface NameSources {
  readonly appDir: string;
  /** `[_] id` or `name` of project.toml. */
  readonly projectName?: string | undefined;
}

export interface DerivedName {
  readonly name: string;
  /** For people: where it comes from. */
  readonly from: string;
}

/** The name of an image for which the user gave none, and where it comes from. */
export async function deriveImageName({ appDir, projectName }: NameSources): Promise<DerivedName> {
  const candidates: readonly (readonly [string | undefined, string])[] = [
    [projectName, 'project.toml'],
    [goModuleName(join(appDir, 'go.mod')), 'go.mod'],
    [await packageName(appDir), 'package.json'],
    [basename(appDir), 'the folder'],
  ];
  for (const [text, from] of candidates) {
    const name = text === undefined ? '' : validRepository(text);
    if (name !== '') return { name, from };
  }
  return { name: 'app', from: 'nothing else: the folder has no name that an image can have' };
}

/** The last element of the module path that is no major version: `example.com/tools/hello/v2` is `hello`. */
function goModuleName(file: string): string | undefined {
  const path = /^\s*module\s+"?([^\s"]+)/m.exec(readText(file))?.[1];
  const elements = path?.split('/') ?? [];
  const last = elements.at(-1) ?? '';
  return /^v\d+$/.test(last) && elements.length > 1 ? elements.at(-2) : last || undefined;
}

/** Without the `@` of its scope. A package.json that nobody can read names nothing; who installs from it will say so. */
async function packageName(appDir: string): Promise<string | undefined> {
  if (!isFile(join(appDir, 'package.json'))) return undefined;
  const { default: PackageJson } = await import('@npmcli/package-json');
  try {
    const { content } = await PackageJson.load(appDir);
    return content.name?.replace(/^@/, '');
  } catch {
    return undefined;
  }
}

function readText(file: string): string {
  return isFile(file) ? readFileSync(file, 'utf8') : '';
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Lower case, and everything that a repository name may not hold made a hyphen.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
function validRepository(text: string): string {
  return text
    .toLowerCase()
    .split('/')
    .map((part) =>
      part
        .replaceAll(/[^a-z0-9._-]+/g, '-')
        .replaceAll(/[._-]{2,}/g, '-')
        .replaceAll(/^[._-]+|[._-]+$/g, ''),
    )
    .filter((part) => part !== '')
    .join('/')
    .slice(0, 128);
}
