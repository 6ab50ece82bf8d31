import type { Dirent } from 'node:fs';
import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import ignore from 'ignore';
import { isWithin } from './find-project.ts';

export interface KeptFile {
  /** Relative to the application. */
  readonly path: string;
  readonly sizeBytes: number;
}

export interface KeepOptions {
  /** BP_KEEP_FILES: exactly what these patterns (as in .gitignore) match stays. */
  readonly patterns: readonly string[] | undefined;
}

/**
 * Removes from the workspace what a compiled Go program does not read when it runs: everything outside of the application, and in
 * it what `purpose` knows, or all that the user's patterns do not name. Directories that become empty go too. Returns what stayed.
 */
export async function removeSource(
  { appDir, workspaceDir }: { readonly appDir: string; readonly workspaceDir: string },
  { patterns }: KeepOptions,
): Promise<readonly KeptFile[]> {
  await removeOutside(workspaceDir, appDir);
  const keeps = patterns === undefined ? undefined : ignore().add([...patterns]);
  const stays = (path: string, siblings: ReadonlySet<string>): boolean =>
    keeps === undefined ? purpose(path, siblings) === 'program' : keeps.ignores(path);
  const kept: KeptFile[] = [];
  await prune(appDir, '', { stays, kept });
  return kept.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function removeOutside(dir: string, appDir: string): Promise<void> {
  if (dir === appDir || !isWithin(appDir, dir)) return;
  for (const entry of await readdir(dir)) {
    const path = join(dir, entry);
    if (isWithin(appDir, path)) await removeOutside(path, appDir);
    else await rm(path, { recursive: true, force: true });
  }
}

interface Pruning {
  readonly stays: (path: string, siblings: ReadonlySet<string>) => boolean;
  readonly kept: KeptFile[];
}

/** Gives back whether anything was removed and nothing is left. */
async function prune(appDir: string, path: string, pruning: Pruning): Promise<void> {
  const dir = join(appDir, path);
  const entries = await readdir(dir, { withFileTypes: true });
  const siblings = new Set(entries.map(({ name }) => name));
  for (const entry of entries)
    await pruneEntry(
      appDir,
      { entry, path: path === '' ? entry.name : `${path}/${entry.name}` },
      { ...pruning, siblings },
    );
  if (path === '' || entries.length === 0) return;
  if ((await readdir(dir)).length === 0) await rmdir(dir);
}

async function pruneEntry(
  appDir: string,
  { entry, path }: { readonly entry: Dirent; readonly path: string },
  pruning: Pruning & { readonly siblings: ReadonlySet<string> },
): Promise<void> {
  if (entry.isDirectory()) return prune(appDir, path, pruning);
  if (pruning.stays(path, pruning.siblings)) {
    pruning.kept.push({ path, sizeBytes: (await lstat(join(appDir, path))).size });
  } else {
    await rm(join(appDir, path));
  }
}

export type Purpose = 'program' | 'source' | 'module file' | 'test data' | 'documentation' | 'tooling';

/** What a file of a Go project is there for. `siblings` are the names in its directory. */
export function purpose(path: string, siblings: ReadonlySet<string>): Purpose {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  const folders = parts.slice(0, -1);
  const found = rules.find(
    ({ files, anywhere = [], atRoot = [] }) =>
      folders.some((folder) => anywhere.includes(folder)) ||
      atRoot.includes(folders[0] ?? '') ||
      files.some((pattern) => pattern.test(folders.length === 0 ? `/${name}` : name)),
  );
  if (found !== undefined) return found.purpose;
  return isCompiledWithGo(name, siblings) ? 'source' : 'program';
}

interface Rule {
  readonly purpose: Purpose;
  /** Matched against the name; `/` stands before the names of files at the root. */
  readonly files: readonly RegExp[];
  /** Folders at any depth. */
  readonly anywhere?: readonly string[];
  /** Folders at the root. */
  readonly atRoot?: readonly string[];
}

// Licences stay: who hands on the program hands on its licence.
const rules: readonly Rule[] = [
  { purpose: 'test data', files: [], anywhere: ['testdata'], atRoot: ['test', 'tests', 'e2e'] },
  { purpose: 'module file', files: [/^\/?go\.(?:mod|sum|work|work\.sum)$/], atRoot: ['vendor'] },
  { purpose: 'source', files: [/\.go$/] },
  {
    purpose: 'documentation',
    files: [
      /^\/.*\.(?:md|markdown|rst|adoc)$/i,
      /^\/?(?:readme|changelog|changes|contributing|code_of_conduct|security|governance|maintainers|owners|authors|contributors|roadmap)(?:\.(?:md|markdown|rst|adoc|txt))?$/i,
    ],
    atRoot: ['doc', 'docs', 'examples', 'example', '_examples'],
  },
  {
    purpose: 'tooling',
    files: [
      /^\/?(?:GNU)?[Mm]akefile$/,
      /\.mk$/,
      /^\/?\.?[Jj]ustfile$/,
      /^\/?(?:.*\.)?(?:Dockerfile|Containerfile)(?:\..*)?$/,
      /^\/(?:docker-)?compose(?:\..*)?\.ya?ml$/,
      /^\/?\.(?:docker|git|tsbuildpack|prettier|helm|gcloud|npm|eslint)ignore$/,
      /^\/?\.git(?:attributes|modules|-blame-ignore-revs)$/,
      /^\/?\.(?:editorconfig|envrc|tool-versions|go-version|mailmap|yamllint|shellcheckrc|nvmrc)$/,
      /^\/\.(?:golangci|goreleaser|gitlab-ci|travis|drone|pre-commit-config|codecov|codeclimate|air|ko|woodpecker|mockery|markdownlint|cirrus|licenserc|typos|lefthook)\b.*$/,
      /^\/(?:goreleaser|golangci|codecov|appveyor|azure-pipelines.*|cloudbuild|skaffold|buf(?:\..*)?|sqlc|renovate|lefthook|sonar-project|mise|Taskfile|taskfile|magefile)\.(?:ya?ml|toml|json|properties)$/,
      /^\/(?:Jenkinsfile|Vagrantfile|Tiltfile|Earthfile|Procfile|CODEOWNERS|WORKSPACE|BUILD|BUILD\.bazel|MODULE\.bazel|flake\.nix|flake\.lock|default\.nix|shell\.nix|project\.toml)$/,
    ],
    atRoot: [
      '.github',
      '.gitlab',
      '.circleci',
      '.buildkite',
      '.devcontainer',
      '.vscode',
      '.idea',
      'scripts',
      'script',
      'hack',
      'tools',
      '.git',
    ],
  },
];

/** What the go command hands to compilers, assembler and linker: only beside Go files. https://pkg.go.dev/cmd/go#hdr-File_types */
const otherSource = /\.(?:c|cc|cpp|cxx|m|h|hh|hpp|hxx|f|F|for|f90|s|S|sx|swig|swigcxx|syso)$/;

function isCompiledWithGo(name: string, siblings: ReadonlySet<string>): boolean {
  return otherSource.test(name) && [...siblings].some((sibling) => sibling.endsWith('.go'));
}
