import {
  array,
  fallback,
  is,
  looseObject,
  nullish,
  optional,
  parse,
  pipe,
  string,
  transform,
  union,
  boolean,
} from 'valibot';
import { buildMetadataLabel } from '../cnb/build-metadata.ts';

/** What the label of a build says. */
export interface BuildDescription {
  readonly processes: readonly ProcessDescription[];
  readonly buildpacks: readonly BuildpackDescription[];
}

export interface ProcessDescription {
  readonly type: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** Without a shell. */
  readonly direct: boolean;
  readonly isDefault: boolean;
  readonly workingDirectory?: string;
  readonly buildpack?: string;
}

export interface BuildpackDescription {
  readonly id: string;
  readonly version: string;
  readonly homepage?: string;
}

// Other tools and older Platform APIs wrote it too: a command that is one text, lists that are null (LBL-11).
const texts = fallback(
  pipe(
    nullish(union([string(), array(string())])),
    transform((value) => [value ?? []].flat()),
  ),
  [],
);
const processSchema = looseObject({
  type: string(),
  command: texts,
  args: texts,
  direct: fallback(boolean(), false),
  'working-dir': optional(string()),
  buildpackID: optional(string()),
});
const buildpackSchema = looseObject({ id: string(), version: string(), homepage: optional(string()) });

/** Reads what it can of `io.buildpacks.build.metadata`; a label that is missing or broken tells nothing. */
export function describeBuild(labels: Readonly<Record<string, string>>): BuildDescription {
  const metadata = parseObject(labels[buildMetadataLabel]);
  const defaultType = metadata['buildpack-default-process-type'];
  const processes = listAt(metadata, 'processes').flatMap((entry) => {
    if (!is(processSchema, entry)) return [];
    const { type, command, args, direct, buildpackID, 'working-dir': workingDirectory } = parse(processSchema, entry);
    return {
      type,
      command: command ?? [],
      args: args ?? [],
      direct,
      isDefault: type === defaultType,
      ...(workingDirectory ? { workingDirectory } : {}),
      ...(buildpackID ? { buildpack: buildpackID } : {}),
    };
  });
  const buildpacks = listAt(metadata, 'buildpacks').flatMap((entry) => {
    if (!is(buildpackSchema, entry)) return [];
    const { id, version, homepage } = entry;
    return { id, version, ...(homepage ? { homepage } : {}) };
  });
  return { processes, buildpacks };
}

function parseObject(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function listAt(object: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  const value = object[key];
  return Array.isArray(value) ? value : [];
}
