import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readableText } from '../fs/readable-text.ts';
import { spawnLines } from '../fs/spawn.ts';
import { findProgram } from './find-program.ts';
import type { Finding } from './finding.ts';

/** Where somebody's settings are. */
export interface SettingsPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly root: string;
}

/** The toolchain on PATH, and whether GOPROXY is set or off and where that is said; its value is nobody's business. */
export async function diagnoseGo(place: SettingsPlace, signal?: AbortSignal): Promise<Finding> {
  const version = await goVersion(place, signal);
  const proxy = goProxy(place);
  const finding = `${version === undefined ? 'There is no go on PATH' : version}; ${proxy.finding}`;
  if (version !== undefined && !proxy.isOff)
    return {
      id: 'go',
      status: 'ok',
      finding,
      consequence: 'Go programs are built with it where it is new enough for go.mod',
    };
  if (version !== undefined) {
    const consequence =
      'Go programs build only with vendored dependencies or a filled module cache, and with this go alone';
    return { id: 'go', status: 'note', finding, consequence };
  }
  if (proxy.isOff) {
    return {
      id: 'go',
      status: 'note',
      finding,
      consequence: 'Go programs cannot be built: there is no toolchain, and none may be fetched',
      remedy: 'Install Go, or set GOPROXY to a module proxy',
    };
  }
  return {
    id: 'go',
    status: 'ok',
    finding,
    consequence: 'Go toolchains are fetched from the module proxy, once for a version',
  };
}

async function goVersion({ env, home }: SettingsPlace, signal: AbortSignal | undefined): Promise<string | undefined> {
  const program = (env['PATH'] ?? '') === '' ? undefined : findProgram('go', env['PATH']);
  if (program === undefined) return undefined;
  const own = { ...env, HOME: home, GOTOOLCHAIN: 'local', GOFLAGS: '' };
  const { exitCode, stdout } = await spawnLines([program, 'version'], { env: own, cwd: '/', signal });
  return exitCode === 0 ? `${stdout.trim().replace(/^go version /, '')} at ${program}` : undefined;
}

interface GoProxy {
  readonly finding: string;
  readonly isOff: boolean;
}

/** https://go.dev/ref/mod#environment-variables: the environment wins over the file that `go env -w` writes. */
function goProxy({ env, home }: SettingsPlace): GoProxy {
  const fromEnvironment = env['GOPROXY'] ?? '';
  if (fromEnvironment !== '') return told(fromEnvironment, 'in the environment');
  const config = env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const file = env['GOENV'] === undefined || env['GOENV'] === '' ? join(config, 'go', 'env') : env['GOENV'];
  const fromFile = file === 'off' ? undefined : /^GOPROXY=(.+)$/m.exec(readableText(file) ?? '')?.[1];
  if (fromFile !== undefined) return told(fromFile.trim(), `in ${file}`);
  return { finding: "GOPROXY is not set, go's own default holds", isOff: false };
}

function told(value: string, where: string): GoProxy {
  const isOff = value.split(/[,|]/)[0] === 'off';
  return { finding: `GOPROXY is ${isOff ? 'off' : 'set'} ${where}`, isOff };
}

/** The host of the npm registry as the user's own configuration names it. */
export function diagnoseNpm(place: SettingsPlace): Finding {
  const consequence = 'Node.js runtimes and packages come from there';
  for (const { text, where } of npmSettings(place)) {
    const value = text === undefined ? undefined : expanded(text, place.env);
    if (value === undefined) continue;
    const host = hostOf(value);
    if (host !== undefined)
      return { id: 'npm', status: 'ok', finding: `The npm registry is ${host}, set ${where}`, consequence };
    return {
      id: 'npm',
      status: 'problem',
      finding: `The npm registry that is set ${where} is no URL`,
      consequence: 'Node.js runtimes and packages cannot be fetched',
      remedy: 'Correct it with "npm config set registry URL"',
    };
  }
  return { id: 'npm', status: 'ok', finding: "No npm registry is set, npm's own default holds", consequence };
}

interface NpmSetting {
  readonly text: string | undefined;
  readonly where: string;
}

/** As npm documents it (using-npm/config): the environment, the user's file, the global one. */
function npmSettings({ env, home, root }: SettingsPlace): readonly NpmSetting[] {
  const name = Object.keys(env).find((key) => key.toLowerCase() === 'npm_config_registry' && (env[key] ?? '') !== '');
  const userFile = env['NPM_CONFIG_USERCONFIG'] ?? env['npm_config_userconfig'] ?? join(home, '.npmrc');
  const globalFiles = ['etc/npmrc', 'usr/etc/npmrc', 'usr/local/etc/npmrc'].map((file) => join(root, file));
  const fromFile = (file: string): NpmSetting => ({
    text: /^\s*registry\s*=\s*"?([^"\s;#]+)/m.exec(readableText(file) ?? '')?.[1],
    where: `in ${file}`,
  });
  return [
    { text: name === undefined ? undefined : env[name], where: 'in the environment' },
    fromFile(userFile),
    ...globalFiles.map(fromFile),
  ];
}

function expanded(text: string, env: SettingsPlace['env']): string {
  return text.replaceAll(/\$\{([^}?]+)\??\}/g, (_, name: string) => env[name] ?? '');
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

/** Whether Debian packages could be looked up as this machine's own configuration has it. */
export function diagnoseApt({ root }: SettingsPlace): Finding {
  const dir = join(root, 'etc/apt');
  const files = ['sources.list', ...namesIn(join(dir, 'sources.list.d')).map((name) => `sources.list.d/${name}`)];
  const count = files
    .map((file) => sourcesIn(file, readableText(join(dir, file)) ?? ''))
    .reduce((sum, number) => sum + number, 0);
  if (count > 0) {
    const finding = `${count} apt source${count === 1 ? ' is' : 's are'} configured in ${dir}`;
    return { id: 'apt', status: 'ok', finding, consequence: 'Stacks of Debian packages can take them from there' };
  }
  return {
    id: 'apt',
    status: 'note',
    finding: `No apt source is configured in ${dir}, or none that can be read`,
    consequence:
      'Stacks of Debian packages need sources of their own; the stacks scratch and static, and images, need none',
  };
}

/** https://manpages.debian.org/bookworm/apt/sources.list.5.en.html: one line a source, or paragraphs (deb822). */
function sourcesIn(file: string, text: string): number {
  if (file.endsWith('.list')) return [...text.matchAll(/^\s*deb\s/gm)].length;
  if (!file.endsWith('.sources')) return 0;
  const paragraphs = text.split(/\n\s*\n/).filter((paragraph) => /^Types:(?:.*\s)?deb(?:\s|$)/m.test(paragraph));
  return paragraphs.filter((paragraph) => !/^Enabled:\s*no\b/im.test(paragraph)).length;
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).toSorted();
  } catch {
    return [];
  }
}
