import { accessSync, constants } from 'node:fs';
import type { Finding } from './finding.ts';

type Env = Readonly<Record<string, string | undefined>>;

const proxyNames = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
  'all_proxy',
  'NO_PROXY',
  'no_proxy',
];

export function diagnoseProxies(env: Env): Finding {
  const found = proxyNames
    .filter((name) => (env[name] ?? '') !== '')
    .map((name) => `${name}=${maskCredentials(env[name] ?? '')}`);
  if (found.length === 0) {
    return {
      id: 'proxy',
      status: 'ok',
      finding: 'No proxy is set',
      consequence: 'Registries and module proxies are asked directly',
    };
  }
  return {
    id: 'proxy',
    status: 'ok',
    finding: `Proxies are set: ${found.join(', ')}`,
    consequence: 'Downloads and pushes go through them',
  };
}

/** `http://user:secret@host` → `http://***@host`; also without a scheme. */
export function maskCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/]*@/i, '$1***@');
}

const certificateNames = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'];

export function diagnoseCertificates(env: Env): readonly Finding[] {
  const set = certificateNames.filter((name) => (env[name] ?? '') !== '');
  const missing = set.filter((name) => !isReadable(env[name] ?? ''));
  const named = set.map((name) => `${name}=${env[name]}`).join(', ');
  const findings: Finding[] = [];
  if (missing.length > 0) {
    findings.push({
      id: 'ca',
      status: 'problem',
      finding: `Certificates are named that cannot be read: ${missing.map((name) => `${name}=${env[name]}`).join(', ')}`,
      consequence: 'Connections through a proxy or to a registry with a certificate of your own fail',
      remedy: `Correct or unset ${missing.join(' and ')}`,
    });
  } else {
    const finding = set.length === 0 ? 'No certificates of your own are set' : `Certificates are named by ${named}`;
    const consequence =
      set.length === 0
        ? 'Only public certificate authorities are trusted'
        : 'Registries and downloads are checked against them';
    findings.push({ id: 'ca', status: 'ok', finding, consequence });
  }
  if (env['NODE_EXTRA_CA_CERTS'] !== undefined && env['NODE_EXTRA_CA_CERTS'] !== '') findings.push(slowStart);
  return findings;
}

/** Node parses the whole bundle before it runs anything: 24 to 30 ms become 82. */
const slowStart: Finding = {
  id: 'ca-start',
  status: 'note',
  finding: 'NODE_EXTRA_CA_CERTS is set',
  consequence: 'Every Node.js process starts some 50 ms later, tsbuildpack too',
  remedy: 'Point it to a file with your own certificates only, or set SSL_CERT_FILE for the other tools',
};

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
