import type { Image } from '../image/image.ts';

/** As our own stacks have it. */
const defaultUser = { uid: 1001, gid: 1000 };

/** Who a build for an image runs as, and owns its files: https://github.com/buildpacks/spec/blob/main/platform.md#build-image */
export function buildUserOf({ config }: Image): { readonly uid: number; readonly gid: number } {
  const env = new Map(config.config?.Env?.map((line) => split(line)));
  const labels = new Map(Object.entries(config.config?.Labels ?? {}));
  const id = (name: string): number | undefined => parseId(env.get(name)) ?? parseId(labels.get(name));
  // Root is nobody's build user, whatever an image says; its group is a common choice.
  return { uid: id('CNB_USER_ID') || defaultUser.uid, gid: id('CNB_GROUP_ID') ?? defaultUser.gid };
}

function split(line: string): [string, string] {
  const equals = line.indexOf('=');
  return equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
}

function parseId(text: string | undefined): number | undefined {
  return text === undefined || !/^\d{1,9}$/.test(text) ? undefined : Number(text);
}
