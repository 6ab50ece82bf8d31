import { createHash } from 'node:crypto';
import { writeJson, asMaps } from '../cnb/json.ts';
import type { CreateRequest } from './create-request.ts';

/**
 * A hash over all that a request says about the image; the host's variables and what floats are compared on their own. Each
 * part is here because another value can give another image. Isolation is not: it must not; but whose compilers are used is.
 */
export async function buildKey(request: CreateRequest, version: string): Promise<string> {
  const order = await Promise.all(
    request.order.map(({ entries }) =>
      Promise.all(
        entries.map(async ({ buildpack, optional }) => ({
          id: buildpack.descriptor.id,
          version: buildpack.descriptor.version,
          files: await buildpack.fingerprint(),
          optional,
        })),
      ),
    ),
  );
  const parts = {
    version,
    source: await request.source.fingerprint(),
    appPath: request.source.appPath,
    order,
    env: request.env,
    operatorEnv: request.operatorEnv,
    platform: request.platform,
    runImage: request.runImage,
    buildImage: request.isolation === 'image' ? (request.buildImage ?? 'default') : undefined,
    launcher: request.launcher,
    defaultProcess: request.defaultProcess,
    execEnv: request.execEnv,
    labels: request.labels,
    sourceDateEpoch: request.sourceDateEpoch,
    compression: request.compression,
    lock: request.lock && {
      inputs: request.lock.inputs.map(({ name, value }) => ({ name, value })),
      buildpacks: request.lock.buildpacks,
    },
    resolved: request.resolved?.map(({ name, value }) => ({ name, value })),
  };
  return createHash('sha256')
    .update(writeJson(asMaps(parts)))
    .digest('hex');
}

/** A hash over the values of these variables of the host: the values may be secrets. */
export function hostEnvHash(names: readonly string[], hostEnv: Readonly<Record<string, string | undefined>>): string {
  const values = names.toSorted().map((name) => [name, hostEnv[name] ?? null]);
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}
