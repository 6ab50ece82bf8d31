import type { DebianPackage } from '../debian/debian-package.ts';
import type { InstallRules } from '../debian/install-rules.ts';
import type { OpenFile } from '../debian/open-file.ts';
import { unpackPackages } from '../debian/unpack-packages.ts';
import type { Layer } from '../layer/layer.ts';
import { stackFamily } from './load-stack.ts';
import { knownLayer, layerKey, makeStackLayer, type PartPackages } from './stack-image.ts';
import { partAt, type StackHalf, type StackPart } from './stack-half.ts';
import type { StackOptions } from './stack-options.ts';

export interface PackagesToInstall {
  /** Of each part of the half, in the order in which they are unpacked. */
  readonly packages: readonly (readonly DebianPackage[])[];
  /** The same, as they are remembered. */
  readonly facts: PartPackages;
  readonly open: OpenFile;
}

/** The layers of a half, bottom first; those that are in the store are not made again. */
export async function installPackages(
  half: StackHalf,
  toInstall: PackagesToInstall,
  options: StackOptions,
): Promise<readonly Layer[]> {
  const layers: Layer[] = [];
  const below: string[] = [];
  for (const index of half.parts.keys()) {
    // oxlint-disable-next-line no-await-in-loop
    const { layer, status } = await partLayer({ ...toInstall, half, index, below }, options);
    layers.push(layer);
    below.push(...status);
  }
  return layers;
}

interface PartToInstall extends PackagesToInstall {
  readonly half: StackHalf;
  readonly index: number;
  /** What dpkg knows of the packages in the layers below. */
  readonly below: readonly string[];
}

interface InstalledPart {
  readonly layer: Layer;
  readonly status: readonly string[];
}

async function partLayer(toInstall: PartToInstall, options: StackOptions): Promise<InstalledPart> {
  const { half, index } = toInstall;
  const { store } = options;
  const key = layerKey(half, index, toInstall.facts);
  const document = store.document(`status of ${key}`);
  const [known, status] = [await knownLayer(key, store), parseStatus(await document.read())];
  if (known !== undefined && status !== undefined) return { layer: known, status };
  if ((toInstall.packages[index] ?? []).length === 0)
    return { layer: known ?? (await makeStackLayer({ key, half, index }, options)), status: [] };
  const made = await unpackedLayer(key, toInstall, options);
  await document.write(JSON.stringify(made.status));
  return made;
}

async function unpackedLayer(key: string, toInstall: PartToInstall, options: StackOptions): Promise<InstalledPart> {
  const { half, index, open, below } = toInstall;
  const { store, report, signal } = options;
  const packages = toInstall.packages[index] ?? [];
  const part = partAt(half, index);
  report({
    type: 'info',
    message: `Installing ${packages.length === 1 ? 'a package' : `${packages.length} packages`} of stack ${part.stack.name}`,
  });
  const directory = await store.temporaryDirectory();
  try {
    const { entries, status } = await unpackPackages(packages, {
      dir: directory.path,
      rules: rulesOf(part),
      below,
      open,
      cache: store.blobs,
      report,
      signal,
    });
    return { layer: await makeStackLayer({ key, half, index, entries }, options), status };
  } finally {
    await directory.remove();
  }
}

/** Those of the stack and of all that it extends, for what the part installs. */
function rulesOf({ stack, document: { copies, joins, links, directories } }: StackPart): InstallRules {
  const sections = stackFamily(stack).map(({ document }) => document.install);
  return {
    mergedUsr: true,
    drop: sections.flatMap(({ drop }) => drop),
    keep: sections.flatMap(({ keep }) => keep),
    setid: sections[0]?.setid ?? 'drop',
    scripts: sections.flatMap(({ scripts }) =>
      scripts.flatMap(({ packages, because }) =>
        packages.map((name) => ({ package: name, scripts: ['preinst', 'postinst'] as const, because })),
      ),
    ),
    generatedSections: sections.flatMap((section) => section['generated-sections']),
    // The stack's own entries have them: also in parts without packages.
    users: [],
    groups: [],
    links,
    copies,
    joins,
    directories,
  };
}

function parseStatus(bytes: Buffer | undefined): readonly string[] | undefined {
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
