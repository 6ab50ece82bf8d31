// Puts the program of this example here: the static binary inside the npm package @esbuild/linux-<arch>.
// `npm pack` downloads it from whatever registry npm is configured for; what arrives is checked against the digest below.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = '0.28.2';
/** SHA-512 of the package of each architecture, as the registry's own `dist.integrity` gives it. */
const integrity = {
  x64: '4xTZr1FUmSoQW4XIWmit3tzQrUTZM+N3P0XV8xROKYF50XfI7xeO90+1bZvNwxIufQ9hDQVRJH5YhgPVF8A/HQ==',
  arm64: 'pW4AC0P3it8c7do9MVM4p51FzHzdM/TZrerurgRcHJ2WTa1VQ1CIq18xncfpBJw4ojkiZZrKW2yIBWBP92j6Ug==',
};

const here = dirname(fileURLToPath(import.meta.url));
// The image's architecture: `--platform linux/arm64` needs `node install.mjs arm64`.
const arch = process.argv[2] ?? process.arch;
if (!(arch in integrity)) throw new Error(`There is no program for ${arch}: say x64 or arm64`);

// Beside the target, so that the rename below stays on one file system.
const work = mkdtempSync(join(here, '.install-'));
try {
  const pack = ['pack', `@esbuild/linux-${arch}@${version}`, '--json', '--loglevel=error', '--pack-destination', work];
  const output = execFileSync('npm', pack, { cwd: work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const [{ filename }] = JSON.parse(output);
  const tarball = join(work, filename);
  const digest = createHash('sha512').update(readFileSync(tarball)).digest('base64');
  if (digest !== integrity[arch]) throw new Error(`${filename} is not the file expected: its SHA-512 is ${digest}`);
  execFileSync('tar', ['-xzf', tarball, '-C', work]);
  chmodSync(join(work, 'package', 'bin', 'esbuild'), 0o755);
  const replaced = existsSync(join(here, 'esbuild'));
  renameSync(join(work, 'package', 'bin', 'esbuild'), join(here, 'esbuild'));
  console.log(`${replaced ? 'Replaced' : 'Installed'} esbuild ${version} for linux/${arch}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
