import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseBuildpackId } from '../cnb/buildpack-id.ts';
import { TsbuildpackError } from '../errors.ts';

export interface NewBuildpack {
  readonly id: string;
  /** @default the last part of the ID */
  readonly directory?: string | undefined;
  readonly version: string;
  readonly type: 'bash' | 'module';
  readonly cwd: string;
}

/**
 * Writes a buildpack that works as it is: it passes for every application and adds a file to its image. Gives the directory.
 * Throws BUILDPACK_INVALID for an ID or version that cannot be, OUTPUT_FAILED when the directory is not empty.
 */
export function newBuildpack({ id, directory, version, type, cwd }: NewBuildpack): string {
  parseBuildpackId(id);
  if (id.includes('_')) {
    throw new TsbuildpackError(
      'BUILDPACK_INVALID',
      `Cannot use buildpack id "${id}": it must consist of letters, digits, ".", "/" and "-"`,
    );
  }
  if (!/^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}$/.test(version)) {
    throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot use version "${version}": it is not X.Y.Z`);
  }
  const name = id.split('/').at(-1) ?? id;
  const dir = resolve(cwd, directory ?? name);
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new TsbuildpackError('OUTPUT_FAILED', `Cannot write a buildpack into "${dir}": it is not empty`, {
      hint: 'Name another directory with --path',
    });
  }
  const files = type === 'bash' ? scriptFiles({ id, version, name }) : moduleFiles({ id, version, name });
  for (const [path, text] of Object.entries(files)) {
    const file = join(dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    if (path.startsWith('bin/')) chmodSync(file, 0o755);
  }
  return dir;
}

interface Naming {
  readonly id: string;
  readonly version: string;
  readonly name: string;
}

function scriptFiles({ id, version, name }: Naming): Readonly<Record<string, string>> {
  return {
    'buildpack.toml': `api = "0.12"

[buildpack]
id = "${id}"
version = "${version}"
name = "${name}"

[[targets]]
os = "linux"
`,
    'bin/detect': `#!/usr/bin/env bash
# Status 0: this buildpack takes part. 100: it does not. Anything else: an error.
# The current directory is the application.
set -euo pipefail

# For example: [[ -f app.conf ]] || exit 100
exit 0
`,
    'bin/build': `#!/usr/bin/env bash
# The current directory is the application. What is to be in the image goes into layers below $CNB_LAYERS_DIR:
# https://buildpacks.io/docs/for-buildpack-authors/
set -euo pipefail

echo "---> ${id}"

layer="$CNB_LAYERS_DIR/${layerName(name)}"
mkdir -p "$layer/env.launch"
echo "built by ${id}@${version}" > "$layer/notice.txt"
echo -n "$layer/notice.txt" > "$layer/env.launch/${variable(name)}.override"

cat > "$layer.toml" <<TOML
[types]
launch = true
TOML
`,
  };
}

function moduleFiles({ id, version, name }: Naming): Readonly<Record<string, string>> {
  const layer = layerName(name);
  return {
    'buildpack.ts': `import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineBuildpack } from 'tsbuildpack/buildpack';

export default defineBuildpack({
  id: '${id}',
  version: '${version}',
  name: '${name}',
  // It writes no path of the build into what stays, so it also runs where /layers is another directory meanwhile.
  relocatable: true,

  async detect() {
    // For example: { pass: false, reason: 'there is no app.conf' }
    return { pass: true };
  },

  async build({ layer, layersImageDir, log }) {
    log('---> ${id}');
    const made = await layer('${layer}', {
      launch: true,
      env: [
        { name: '${variable(name)}', action: 'override', value: \`\${layersImageDir}/${layer}/notice.txt\`, scope: 'launch' },
      ],
    });
    await writeFile(join(made.path, 'notice.txt'), 'built by ${id}@${version}\\n');
    return {};
  },
});
`,
  };
}

function layerName(name: string): string {
  return ['build', 'launch', 'store'].includes(name) ? `${name}-layer` : name;
}

function variable(name: string): string {
  return `${name.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase()}_NOTICE`;
}
