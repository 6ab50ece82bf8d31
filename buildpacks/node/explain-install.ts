import type { TsbuildpackError } from '../../src/buildpack/builtin.ts';

export interface InstallFailure {
  readonly code: TsbuildpackError['code'];
  /** A clause without a full stop. */
  readonly why: string;
  readonly detail?: string;
  readonly hint: string;
}

interface Rule {
  /** npm's code, as in `npm error code E404`. */
  readonly code: RegExp;
  readonly failure: Omit<InstallFailure, 'detail'>;
}

const rules: readonly Rule[] = [
  {
    code: /^(?:E401|E403|ENEEDAUTH|EOTP)$/,
    failure: {
      code: 'BUILD_FAILED',
      why: 'the registry does not let us in',
      hint: 'Write the token of the registry into ~/.npmrc or the .npmrc of the project, as //HOST/:_authToken=${NPM_TOKEN} with NPM_TOKEN in the environment of tsbuildpack',
    },
  },
  {
    code: /^(?:E404|ETARGET|ENOVERSIONS)$/,
    failure: {
      code: 'BUILD_FAILED',
      why: 'the registry does not have a package',
      hint: 'Look whether the name is right, and whether .npmrc names the registry of its scope',
    },
  },
  {
    code: /^(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ERR_SOCKET_TIMEOUT|E5\d\d|E429)$/,
    failure: {
      code: 'NETWORK_UNAVAILABLE',
      why: 'the registry cannot be reached',
      hint: 'Try again; check the registry in .npmrc and the proxy (HTTPS_PROXY, NO_PROXY)',
    },
  },
  {
    code: /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_HAS_EXPIRED)$/,
    failure: {
      code: 'BUILD_FAILED',
      why: 'the certificate of the registry is not trusted',
      hint: 'Name the authority with cafile in ~/.npmrc, or with NODE_EXTRA_CA_CERTS',
    },
  },
  {
    code: /^EINTEGRITY$/,
    failure: {
      code: 'BUILD_FAILED',
      why: 'a package is not what the lockfile says',
      hint: 'Somebody changed it, or a mirror packs anew: run npm install with the registry that counts, and commit the lockfile',
    },
  },
  {
    code: /^ERESOLVE$/,
    failure: {
      code: 'BUILD_FAILED',
      why: 'peer dependencies contradict each other',
      hint: 'Mend them, or write legacy-peer-deps=true into the .npmrc of the project',
    },
  },
  {
    code: /^EBADENGINE|EBADDEVENGINES$/,
    failure: {
      code: 'BUILD_FAILED',
      why: 'a package asks for another version of Node or npm',
      hint: 'Ask for another one with "engines" of package.json or BP_NODE_VERSION',
    },
  },
];

const outOfStep =
  /can only install packages when your package\.json and package-lock\.json|npm-shrinkwrap\.json are in sync|in sync/;

/** npm says this of a lockfile that is no JSON too. */
const unreadable = /can only install with an existing/;

/** What of npm's many lines is for the person who reads it. */
export function explainInstall(
  stderr: string,
  { lockfile }: { readonly lockfile: string | undefined },
): InstallFailure {
  const detail = errorLines(stderr);
  const code = /^npm (?:error|ERR!) code (\S+)$/m.exec(stderr)?.[1] ?? '';
  if (outOfStep.test(stderr)) {
    return {
      code: 'BUILD_FAILED',
      why: `package.json and ${lockfile ?? 'its lockfile'} are out of step`,
      detail,
      hint: `Run npm install and commit ${lockfile ?? 'package-lock.json'}`,
    };
  }
  if (unreadable.test(stderr)) {
    return {
      code: 'BUILD_FAILED',
      why: `npm cannot read ${lockfile ?? 'its lockfile'}`,
      detail,
      hint: 'Look whether a merge left it half done; else delete it, run npm install and commit the new one',
    };
  }
  const known = rules.find((rule) => rule.code.test(code));
  if (known !== undefined) return { ...known.failure, detail };
  return {
    code: 'BUILD_FAILED',
    why: `npm ended with ${code === '' ? 'an error' : code}`,
    detail,
    hint: 'Try npm ci in a fresh copy of the project',
  };
}

const mostLines = 40;

function errorLines(stderr: string): string {
  const all = stderr.trim().split('\n');
  const ofNpm = all
    .filter((line) => /^npm (?:error|ERR!)/.test(line))
    .map((line) => line.replace(/^npm (?:error|ERR!) ?/, ''));
  // What ended without a word of npm's, such as a crash, says why at its end.
  if (ofNpm.length === 0) return all.slice(-mostLines).join('\n');
  // After a wrong use npm prints the help of its command.
  const help = ofNpm.findIndex((line) => line.trim() === 'Usage:' || line.trim() === 'Clean install a project');
  return ofNpm
    .slice(0, help === -1 ? undefined : help)
    .filter((line) => line !== '' && !/^A complete log|_logs\/|^Log files were not written/.test(line))
    .slice(0, mostLines)
    .join('\n');
}
