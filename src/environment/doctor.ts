import { findCaller } from './caller.ts';
import { describeIsolation } from './describe-isolation.ts';
import type { IsolationReport } from './describe-isolation.ts';
import {
  diagnoseBuildImage,
  diagnoseIsolation,
  diagnoseNode,
  diagnoseRuntimes,
  diagnoseStore,
} from './diagnose-machine.ts';
import { diagnoseCertificates, diagnoseProxies } from './diagnose-network.ts';
import { diagnoseApt, diagnoseGo, diagnoseNpm } from './diagnose-tools.ts';
import type { Finding } from './finding.ts';
import type { RuntimeAttempt } from './oci-runtime.ts';
import { tryRuntimes } from './try-runtimes.ts';

export interface DoctorDeps {
  /** The directory of the store, which need not be there yet. */
  readonly store: string;
  /** @default the process's */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default the caller's */
  readonly home?: string;
  /** @default the running Node's, without `v` */
  readonly nodeVersion?: string;
  /** Where /etc and the like begin. @default '/' */
  readonly root?: string;
  /** @default tries them */
  readonly isolation?: () => Promise<IsolationReport>;
  /** @default tries them */
  readonly runtimes?: () => Promise<readonly RuntimeAttempt[]>;
  readonly signal?: AbortSignal;
}

/** Looks at what builds depend on, changes nothing, uses no network. One finding a subject, always in the same order. */
export async function diagnose(deps: DoctorDeps): Promise<readonly Finding[]> {
  const { env = process.env, store, signal, root = '/', nodeVersion = process.versions.node } = deps;
  const home = deps.home ?? env['HOME'] ?? findCaller().home;
  const { isolation = (): Promise<IsolationReport> => describeIsolation(signal === undefined ? {} : { signal }) } =
    deps;
  const { runtimes = (): Promise<readonly RuntimeAttempt[]> => tryRuntimes(signal) } = deps;
  const place = { env, home, root };
  const [isolationReport, attempts, go] = await Promise.all([isolation(), runtimes(), diagnoseGo(place, signal)]);
  return [
    diagnoseNode(nodeVersion),
    diagnoseStore(store),
    diagnoseIsolation(isolationReport),
    ...(isolationReport.image === undefined ? [] : [diagnoseBuildImage(isolationReport.image)]),
    diagnoseRuntimes(attempts),
    go,
    diagnoseNpm(place),
    diagnoseApt(place),
    diagnoseProxies(env),
    ...diagnoseCertificates(env),
  ];
}
