import { existsSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import { goSourceRoot } from './go-source-root.ts';
import { nodeSourceRoot } from './node-source-root.ts';
import type { SourceRootClaim } from './source-root-claim.ts';
import { commonDirectory, isWithin } from './source-root-claim.ts';

export interface SourceRoot {
  /** Absolute, without symlinks. */
  readonly root: string;
  /** The application inside it, `/`-separated, `.` when it is the root. */
  readonly appPath: string;
  /** For people: what decided. */
  readonly reason: string;
}

export interface FindSourceRootOptions {
  /** What the user named: relative to the working directory. */
  readonly explicit?: string;
  /** Never looked at nor above. @default the user's home directory */
  readonly home?: string;
}

/**
 * The directory that enters the build with the application: what the user named, else the nearest one inside the git work tree of the
 * application that its go.work, `replace` directives or workspaces need, else the application's own. Without git only workspaces count,
 * which name the application themselves, as npm has it. Throws USAGE, SOURCE_UNREADABLE.
 */
export function findSourceRoot(appDir: string, options: FindSourceRootOptions = {}): SourceRoot {
  const { explicit, home = homedir() } = options;
  const app = realpathSync(appDir);
  if (explicit !== undefined) return located(app, explicitRoot(app, explicit), '--source-root');
  const limit = gitWorkTree(app, resolve(home));
  const claims = claimsOn(app, { limit, home: resolve(home) });
  const root = commonDirectory([app, ...claims.map((claim) => claim.root)]);
  const reasons = claims.filter((claim) => claim.root !== app).map(({ reason }) => reason);
  return located(app, root, reasons.join('; ') || 'the application itself');
}

function claimsOn(
  app: string,
  { limit, home }: { readonly limit: string | undefined; readonly home: string },
): readonly SourceRootClaim[] {
  if (limit === app) return [];
  const claims =
    limit === undefined
      ? [nodeSourceRoot(app, highestOwn(app, home))]
      : [goSourceRoot(app, limit), nodeSourceRoot(app, limit)];
  return claims.filter((claim) => claim !== undefined);
}

/** The topmost directory above that belongs to who owns the application, below home and `/`: what others put above is not asked. */
function highestOwn(app: string, home: string): string {
  const { uid } = statSync(app);
  const isOwn = (dir: string): boolean => dir !== home && dirname(dir) !== dir && statSync(dir).uid === uid;
  let top = app;
  while (isOwn(dirname(top))) top = dirname(top);
  return top;
}

function located(app: string, root: string, reason: string): SourceRoot {
  const appPath = relative(root, app).split(sep).join('/');
  return { root, appPath: appPath === '' ? '.' : appPath, reason };
}

function explicitRoot(app: string, explicit: string): string {
  const path = resolve(explicit);
  if (!existsSync(path)) {
    throw new TsbuildpackError('USAGE', `Cannot use source root "${explicit}": it does not exist`);
  }
  const root = realpathSync(path);
  if (isWithin(app, root)) return root;
  throw new TsbuildpackError('USAGE', `Cannot use source root "${explicit}": the application "${app}" is not in it`, {
    hint: 'Name a directory above the application with --source-root',
  });
}

/** The top of the work tree, below home and `/`: a home under version control is not one project. */
function gitWorkTree(app: string, home: string): string | undefined {
  for (let dir = app; dir !== home && dirname(dir) !== dir; dir = dirname(dir)) {
    // A directory, or a file in submodules and linked work trees.
    if (existsSync(join(dir, '.git'))) return dir;
  }
  return undefined;
}
