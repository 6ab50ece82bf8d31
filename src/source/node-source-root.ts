import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as v from 'valibot';
import type { SourceRootClaim } from './source-root-claim.ts';
import { ancestors, readText } from './source-root-claim.ts';

const patterns = v.array(v.string());
const schema = v.looseObject({
  workspaces: v.union([
    patterns,
    v.pipe(
      v.looseObject({ packages: patterns }),
      v.transform(({ packages }) => packages),
    ),
  ]),
});

/** The root of the npm or Yarn workspaces that the package belongs to. Not above `limit`. */
export function nodeSourceRoot(appDir: string, limit: string): SourceRootClaim | undefined {
  if (!existsSync(join(appDir, 'package.json'))) return undefined;
  for (const dir of ancestors(appDir, limit)) {
    const path = relative(dir, appDir).replaceAll('\\', '/');
    const file = join(dir, 'package.json');
    if (isWorkspace(path, workspacesIn(file))) return { root: dir, reason: `${file} has it among its workspaces` };
  }
  return undefined;
}

function workspacesIn(file: string): readonly string[] {
  try {
    const found = v.safeParse(schema, JSON.parse(readText(file) ?? 'null'));
    return found.success ? found.output.workspaces : [];
  } catch (error) {
    // Somebody else's package.json, above: whether it is well-formed is not for this build to say.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Whether globs name a directory; the last that matches decides, and `!` takes it out again. */
export function isWorkspace(path: string, globs: readonly string[]): boolean {
  const last = globs.findLast((glob) => globPattern(glob.replace(/^!/, '')).test(path));
  return last !== undefined && !last.startsWith('!');
}

/** `*` and `?` stay in a segment, `**` spans any number of them, `{a,b}` are alternatives. */
function globPattern(glob: string): RegExp {
  const plain = glob.replace(/^\.?\//, '').replace(/\/$/, '');
  const source = plain.replaceAll(/\*\*\/?|[*?{},]|[.+^$()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:[^/]+/)*';
    return tokens[token] ?? `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

const tokens: Readonly<Record<string, string>> = {
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
  '{': '(?:',
  '}': ')',
  ',': '|',
};
