import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

/** The npm of this machine: it is never started, only its settings are read. */
export interface HostNpm {
  /** The directory of its package. */
  readonly dir: string;
  /** The prefix of the Node that it belongs to. */
  readonly prefix: string;
}

/** The first npm on PATH, when it is an installation as Node's distributions have it. */
export function findHostNpm(hostEnv: Readonly<Record<string, string>>): HostNpm | undefined {
  for (const dir of (hostEnv['PATH'] ?? '').split(delimiter).filter((entry) => isAbsolute(entry))) {
    const [npm, node] = ['npm', 'node'].map((name) => realPathOf(join(dir, name)));
    // <package>/bin/npm-cli.js, <prefix>/bin/node
    const found = npm === undefined ? undefined : dirname(dirname(npm));
    if (found === undefined || !existsSync(join(found, 'bin', 'npm-cli.js'))) continue;
    return { dir: found, prefix: dirname(dirname(node ?? join(dir, 'node'))) };
  }
  return undefined;
}

function realPathOf(path: string): string | undefined {
  return existsSync(path) ? realpathSync(path) : undefined;
}
