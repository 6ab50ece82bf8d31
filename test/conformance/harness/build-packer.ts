import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../../../scripts/repository-root.ts';

/** Builds test/conformance/go, which needs Go and nothing else. Go's own cache makes it quick the next time. */
export function buildPacker(): string {
  const binary = join(repositoryRoot, 'node_modules', '.cache', 'tsbuildpack', 'conformance-layers');
  mkdirSync(dirname(binary), { recursive: true });
  execFileSync('go', ['build', '-o', binary, '.'], {
    cwd: join(repositoryRoot, 'test', 'conformance', 'go'),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOWORK: 'off' },
  });
  return binary;
}
