import type { EnvFile } from '../cnb/env-modification.ts';
import type { ProjectDescriptor } from '../cnb/project-descriptor.ts';
import type { RunImageNames } from '../cnb/run-toml.ts';
import type { CreateRequest, OrderGroup } from '../lifecycle/create-request.ts';
import { parsePlace } from '../image/place.ts';
import type { Platform } from '../oci/platform.ts';
import { parseReference } from '../registry/reference.ts';
import type { BuildImageWish } from '../stack/build-image.ts';
import type { RunImageWish } from '../stack/run-image.ts';
import type { Store } from '../store/store.ts';
import type { BuildOptions, Surroundings } from './build-options.ts';
import { openBuilder, type Builder } from './builder.ts';
import { chooseOrder, type Order } from './buildpack-order.ts';
import type { BuildpackTools } from './buildpack-tools.ts';
import { Places } from './places.ts';
import type { Settings } from './settings.ts';

/** What builds an application, in what, and what the image stands on. */
export interface BuildInputs extends Order {
  readonly runImage: RunImageWish;
  readonly isolation: CreateRequest['isolation'];
  /** The root file system that a builder is. */
  readonly buildImage?: BuildImageWish;
  /** Groups of image extensions that a builder has. */
  readonly extensions?: readonly OrderGroup[];
  /** What a builder sets for every buildpack. */
  readonly operatorEnv?: readonly EnvFile[];
}

export interface InputWishes {
  readonly options: BuildOptions;
  readonly settings: Settings;
  readonly descriptor: ProjectDescriptor | undefined;
  readonly descriptorDir: string;
  /** What settings say about the run image. */
  readonly runImage: RunImageWish;
  readonly platform: Platform;
}

export interface InputTools {
  readonly store: Store;
  readonly surroundings: Surroundings;
  readonly pinned?: ReadonlyMap<string, string> | undefined;
}

/** Opens the builder, if there is one, and fetches buildpacks. Throws BUILDER_INVALID, BUILDPACK_INVALID and the errors of places. */
export async function chooseBuildInputs(wishes: InputWishes, inputTools: InputTools): Promise<BuildInputs> {
  const { options, settings, descriptor, descriptorDir, platform } = wishes;
  const places = new Places(inputTools);
  const tools: BuildpackTools = { ...inputTools, places, platform, execEnv: settings['exec-env'] };
  const builderName = builderWish(settings, descriptor);
  const builder = builderName === undefined ? undefined : await openBuilder(builderName, tools);
  const order = await chooseOrder({
    flags: options.buildpacks,
    preFlags: options.preBuildpacks,
    postFlags: options.postBuildpacks,
    descriptor,
    cwd: inputTools.surroundings.cwd,
    descriptorDir,
    builder,
    tools,
  });
  const inputs = builder === undefined ? order.inputs : [builder.input, ...order.inputs];
  const extensions = options.extensions === false ? undefined : await builder?.extensions();
  return {
    ...order,
    inputs,
    ...imagesOf(builder, wishes),
    ...(extensions !== undefined && extensions.length > 0 && { extensions }),
  };
}

/** `none` is for who has a builder in project.toml or the configuration and does not want it now. */
function builderWish({ builder }: Settings, descriptor: ProjectDescriptor | undefined): string | undefined {
  const name = builder ?? descriptor?.builder;
  return name === 'none' ? undefined : name;
}

function imagesOf(builder: Builder | undefined, { settings, runImage }: InputWishes): Omit<BuildInputs, keyof Order> {
  if (builder === undefined) return { runImage, ...ownBuildImage(settings, runImage) };
  // Who names a builder wants what it is: its root file system.
  const isolation = settings.isolation ?? 'image';
  const [names] = builder.documents.runImages;
  return {
    isolation,
    operatorEnv: builder.documents.operatorVariables,
    buildImage: { kind: 'image', place: builder.place },
    runImage: runImage.kind === 'auto' && names !== undefined ? builderRunImage(names, settings) : runImage,
  };
}

function builderRunImage({ image, mirrors }: RunImageNames, settings: Settings): RunImageWish {
  const stack = /^stack:(?<name>.+)$/.exec(image)?.groups?.['name'];
  if (stack !== undefined) return { kind: 'stack', name: stack };
  const registry = registryOf(settings);
  return { kind: 'image', place: image, mirrors, ...(registry !== undefined && { registry }) };
}

/** Who names a build image wants to build in it; else it goes with the stack. */
function ownBuildImage(
  { isolation, 'build-image': place }: Settings,
  runImage: RunImageWish,
): Pick<BuildInputs, 'isolation' | 'buildImage'> {
  if (place !== undefined) return { isolation: isolation ?? 'image', buildImage: { kind: 'image', place } };
  return { isolation: isolation ?? 'auto', ...(runImage.kind === 'stack' && { buildImage: runImage }) };
}

/** Where the image goes (RUN-02): the first registry among the outputs, else that of its name. */
function registryOf({ output = [], tag = [] }: Settings): string | undefined {
  const places = output.map(parsePlace).filter((place) => place.kind === 'registry');
  const [first] = [...places.map(({ reference }) => reference), ...tag.map(parseReference)];
  return first?.registry;
}
