import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { NodeProject } from './find-project.ts';
import type { NodeSource } from './node-releases.ts';
import { nodeSource } from './node-releases.ts';
import type { NodeDirectory } from './node-runtime.ts';
import { provideNode } from './node-runtime.ts';
import type { NodeTools } from './node-tools.ts';
import { nodeTools } from './node-tools.ts';
import { readNodeWish } from './node-wish.ts';
import { provideNpm } from './npm-package.ts';
import type { NpmSettings } from './npm-settings.ts';
import type { NpmWish } from './npm-wish.ts';
import { readNpmWish } from './npm-wish.ts';
import type { OpenAddress } from './open-address.ts';
import { openAddress } from './open-address.ts';
import { ltsLine, supportEnded } from './release-lines.ts';
import { resolveNode } from './resolve-node.ts';
import { resolveNpm } from './resolve-npm.ts';
import type { NodeSettings } from './settings.ts';

export interface OpenToolsOptions {
  readonly project: NodeProject;
  readonly settings: NodeSettings;
  readonly npm: NpmSettings;
}

export interface OpenedTools {
  /** For the image. */
  readonly runtime: NodeDirectory;
  /** For the build, on the machine that builds. */
  readonly tools: NodeTools;
}

/** Resolves Node and npm, and gets what is needed at once: npm itself only when something has to be installed or run by it. */
export async function openTools(context: BuiltinBuildContext, options: OpenToolsOptions): Promise<OpenedTools> {
  const { npm } = options;
  const { host, target } = context;
  const { version, npmWish, npmVersion, source, open } = await resolveTools(context, options);
  warnOfEnd(context, version);
  const runtime = await provideNode(context, { version, arch: target.arch }, { source, open });
  requireHost(context);
  const node =
    host.arch === target.arch ? runtime : await provideNode(context, { version, arch: host.arch }, { source, open });
  const npmDir = async (): Promise<string> =>
    await provideNpm(context, { version: await npmVersion(), hash: npmWish.hash, settings: npm, open });
  return { runtime, tools: nodeTools(context, { node, settings: npm, npmDir, npmVersion }) };
}

function warnOfEnd({ report }: Pick<BuiltinBuildContext, 'report'>, version: string): void {
  const end = supportEnded(version);
  if (end === undefined) return;
  report({
    type: 'warning',
    message: `Node ${version} gets no fixes any more, not for security either, since ${end}`,
    hint: `Move to ${ltsLine(0)?.major ?? 'a newer version'}, the newest with long-term support`,
  });
}

export interface ResolvedTools {
  readonly version: string;
  readonly npmWish: NpmWish;
  /** Resolves npm when it is asked for. */
  readonly npmVersion: () => Promise<string>;
  readonly source: NodeSource;
  readonly open: OpenAddress;
}

/** Decides about versions, and fetches nothing but lists of them. */
export async function resolveTools(
  context: BuiltinBuildContext,
  { project, settings, npm }: OpenToolsOptions,
): Promise<ResolvedTools> {
  const open = openAddress(context, npm);
  const source = nodeSource({ settings: npm, open, mirror: settings.mirror });
  const wish = readNodeWish({ project, setting: settings.version });
  const building = runsTools(context) ? [context.host.arch] : [];
  const architectures = [...new Set([context.target.arch, ...context.architectures, ...building])].toSorted();
  const version = await resolveNode(context, { wish, source, architectures });
  const npmWish = readNpmWish(project, version);
  let resolved: Promise<string> | undefined;
  const npmVersion = (): Promise<string> =>
    (resolved ??= resolveNpm(context, { wish: npmWish, node: version, settings: npm, open }));
  return { version, npmWish, npmVersion, source, open };
}

function runsTools({ host }: Pick<BuiltinBuildContext, 'host'>): boolean {
  return host.os === 'linux' && host.libc !== 'musl';
}

/** The distributions are for Linux with glibc. */
function requireHost(context: Pick<BuiltinBuildContext, 'host'>): void {
  if (runsTools(context)) return;
  const { os, libc } = context.host;
  throw new TsbuildpackError(
    'TOOLCHAIN_UNAVAILABLE',
    `Cannot run Node on this machine: it is ${os}${libc === undefined ? '' : ` with ${libc}`}, and there are distributions for linux with glibc`,
    {
      hint: 'Build inside of a build image: --isolation image, or on a machine with glibc',
    },
  );
}
