import { array, check, is, literal, looseObject, nullish, optional, pipe, record, string, boolean } from 'valibot';
import { TsbuildpackError } from '../errors.ts';
import { isDigest } from './digest.ts';
import type { ImageConfig } from './image-config.ts';
import { parseDocument } from './parse-manifest.ts';

/** Histories of a thousand steps and labels with bills of materials fit; nobody may make us read more. */
export const maxConfigBytes: number = 16 << 20;

const texts = nullish(array(string()));
const historyEntry = looseObject({
  created: optional(string()),
  created_by: optional(string()),
  empty_layer: optional(boolean()),
});

const schema = looseObject({
  architecture: string(),
  os: string(),
  created: nullish(string()),
  config: nullish(
    looseObject({
      User: optional(string()),
      Env: texts,
      Entrypoint: texts,
      Cmd: texts,
      WorkingDir: optional(string()),
      Labels: nullish(record(string(), string())),
    }),
  ),
  rootfs: looseObject({ type: literal('layers'), diff_ids: nullish(array(pipe(string(), check(isDigest)))) }),
  history: nullish(array(historyEntry)),
});

/** Reads the config of an image; keys that we do not know stay. Docker's `null` for "none" becomes absent. Throws IMAGE_INVALID. */
export function parseImageConfig(bytes: Uint8Array, name: string): ImageConfig {
  const document = parseDocument(bytes, name);
  if (!is(schema, document)) {
    throw new TsbuildpackError('IMAGE_INVALID', `Cannot read the config of "${name}": it is no image config`, {
      hint: 'It may be an artifact (a chart, a signature, a policy), not a container image',
    });
  }
  const { created, config, history, rootfs, ...rest } = document;
  return {
    ...rest,
    ...(created == null ? {} : { created }),
    ...(config == null ? {} : { config: withoutNulls(config) }),
    rootfs: { ...rootfs, diff_ids: rootfs.diff_ids ?? [] },
    ...(history == null ? {} : { history }),
  } as unknown as ImageConfig;
}

function withoutNulls(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}
