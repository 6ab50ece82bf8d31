import type { BuildExecResult } from '../../src/buildpack/api.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';

interface Explanation {
  readonly pattern: RegExp;
  readonly code: 'BUILD_FAILED' | 'NETWORK_UNAVAILABLE';
  readonly hint: string;
}

const explanations: readonly Explanation[] = [
  {
    pattern:
      /missing go\.sum entry|updates to go\.(?:mod|sum|work) needed|no required module provides package|go\.mod file indicates go .* but maximum/,
    code: 'BUILD_FAILED',
    hint: 'Run "go mod tidy" and commit go.mod and go.sum',
  },
  {
    pattern: /inconsistent vendoring|is explicitly required in go\.mod, but not marked as explicit in vendor/,
    code: 'BUILD_FAILED',
    hint: 'Run "go mod vendor" and commit the vendor folder, or remove it',
  },
  {
    pattern: /module lookup disabled by GOPROXY=off/,
    code: 'BUILD_FAILED',
    hint: 'Set GOPROXY to a module proxy, or commit a vendor folder',
  },
  {
    pattern:
      /(?:401|403) (?:Unauthorized|Forbidden)|terminal prompts disabled|could not read Username|Permission denied \(publickey\)/,
    code: 'BUILD_FAILED',
    hint: 'For private modules set GOPRIVATE=HOST/* and put user name and password into ~/.netrc; SSH keys are not handed to a build',
  },
  {
    pattern: /pattern .*: no matching files found/,
    code: 'BUILD_FAILED',
    hint: 'A //go:embed line names files that are not in the source: make them first (a web page has to be built), or look whether an ignore file hides them',
  },
  {
    pattern: /checksum mismatch|SECURITY ERROR/,
    code: 'BUILD_FAILED',
    hint: 'Somebody changed a module: compare go.sum with its source before you change anything',
  },
  {
    pattern:
      /no such host|connection refused|i\/o timeout|TLS handshake timeout|network is unreachable|connection reset by peer|50[0234] \w+|server misbehaving|Could not resolve host/,
    code: 'NETWORK_UNAVAILABLE',
    hint: 'Check GOPROXY, the network and its proxy (HTTPS_PROXY, NO_PROXY), and try again',
  },
  {
    pattern: /x509: |certificate signed by unknown authority/,
    code: 'BUILD_FAILED',
    hint: 'Set SSL_CERT_FILE to a file with the certificates of your authority',
  },
];

const shownLines = 30;

/** Makes an error of a go command that failed: the last lines that it wrote, and what helps against failures that are well known. */
export function explainFailure(message: string, { stderr, exitCode }: BuildExecResult): TsbuildpackError {
  const found = explanations.find(({ pattern }) => pattern.test(stderr));
  const lines = stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('go: downloading '));
  const detail = lines.slice(-shownLines).join('\n');
  return new TsbuildpackError(found?.code ?? 'BUILD_FAILED', `${message}: go ended with status ${exitCode}`, {
    ...(detail === '' ? {} : { detail }),
    ...(found === undefined ? {} : { hint: found.hint }),
  });
}
