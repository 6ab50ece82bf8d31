import type { EnvFile } from '../cnb/env-modification.ts';
import type { ModuleReference, OpenOrder, OpenSystem } from '../cnb/order-label.ts';
import {
  orderExtensionsLabel,
  orderLabel,
  parseOrderLabel,
  parseSystemLabel,
  systemLabel,
} from '../cnb/order-label.ts';
import { parseOrderToml, type OrderDocument } from '../cnb/order-toml.ts';
import { parseRunToml, parseStackToml, type RunImageNames } from '../cnb/run-toml.ts';
import { parseSystemToml } from '../cnb/system-toml.ts';
import { builderMetadataLabel, parseBuilderMetadata, type BuilderMetadata } from '../cnb/builder-metadata.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import { operatorVariables, type BuilderFiles } from './builder-files.ts';

/** What a builder says, from its files and labels together. */
export interface BuilderDocuments {
  readonly metadata: BuilderMetadata | undefined;
  readonly order: OpenOrder;
  readonly system: OpenSystem;
  readonly runImages: readonly RunImageNames[];
  /** Groups of image extensions. */
  readonly extensions: OpenOrder;
  readonly operatorVariables: readonly EnvFile[];
}

const code = 'BUILDER_INVALID';

/**
 * The files are what a lifecycle reads, so they come first for the order; run images are read from the label by the platforms that choose
 * them. Throws BUILDER_INVALID when there is no order.
 */
export function builderDocuments(image: Image, files: BuilderFiles, name: string): BuilderDocuments {
  const labels = image.config.config?.Labels ?? {};
  const metadata = parseBuilderMetadata(labels[builderMetadataLabel]);
  const file = (base: string): string => `/cnb/${base} of ${name}`;
  const orderText = files.get('order.toml');
  const document = orderText === undefined ? undefined : parseOrderToml(orderText, file('order.toml'), code);
  const order = document?.order ?? parseOrderLabel(labels[orderLabel]);
  if (order === undefined || order.length === 0) {
    throw new TsbuildpackError(code, `Cannot use "${name}" as a builder: it has no /cnb/order.toml with a group`, {
      hint: 'A builder is made by `tsbuildpack builder create` or `pack builder create`; any other image can be a build image in a builder.toml',
    });
  }
  const systemText = files.get('system.toml');
  const system =
    systemText === undefined
      ? parseSystemLabel(labels[systemLabel])
      : parseSystemToml(systemText, file('system.toml'), code);
  return {
    metadata,
    order,
    system: system === undefined ? { pre: [], post: [] } : { pre: system.pre.map(open), post: system.post.map(open) },
    runImages: runImagesOf(metadata, files, file),
    extensions: extensionsOf(document, labels),
    operatorVariables: operatorVariables(files),
  };
}

function extensionsOf(document: OrderDocument | undefined, labels: Readonly<Record<string, string>>): OpenOrder {
  return document?.extensions ?? parseOrderLabel(labels[orderExtensionsLabel]) ?? [];
}

function open({ id, version, optional }: Omit<ModuleReference, 'execEnv'>): ModuleReference {
  return { id, ...(version !== undefined && { version }), optional, execEnv: [] };
}

function runImagesOf(
  metadata: BuilderMetadata | undefined,
  files: BuilderFiles,
  file: (base: string) => string,
): readonly RunImageNames[] {
  if (metadata !== undefined && metadata.runImages.length > 0) return metadata.runImages;
  const [run, stack] = [files.get('run.toml'), files.get('stack.toml')];
  const images = run === undefined ? [] : parseRunToml(run, file('run.toml'), code);
  if (images.length > 0) return images;
  const older = stack === undefined ? undefined : parseStackToml(stack, file('stack.toml'), code);
  return older === undefined ? [] : [older];
}
