/** What the user asked for with BP_* variables: --env, --env-file or `[[io.buildpacks.build.env]]` of project.toml. See README.md. */
export interface NodeSettings {
  /** BP_NODE_VERSION: a version, a range or an alias such as `lts/*`. */
  readonly version: string | undefined;
  /** BP_NODE_MIRROR: address of a mirror in the layout of the official distribution, instead of the npm registry. */
  readonly mirror: string | undefined;
  /** BP_NODE_INSTALL_ENV: names of build variables that the scripts of dependencies may read. */
  readonly installEnv: readonly string[];
}

export function readSettings(env: Readonly<Record<string, string>>): NodeSettings {
  return {
    version: nonEmpty(env['BP_NODE_VERSION']),
    mirror: nonEmpty(env['BP_NODE_MIRROR'])?.replace(/\/+$/, ''),
    installEnv: (env['BP_NODE_INSTALL_ENV'] ?? '').split(/[\s,:]+/).filter((name) => name !== ''),
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
