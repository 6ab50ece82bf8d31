import { useStore } from '../../platform/use-store.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';
import { formatBytes, formatTable } from '../render/format.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const images = await useStore(textOption(invocation.options, 'store'), invocation, (store) => store.images.list());
  const rows = images.map(({ name, digest, platform, sizeBytes, storedAt }) => [
    name,
    digest.slice(0, 'sha256:'.length + 12),
    formatPlatform(platform),
    formatBytes(sizeBytes),
    storedAt.toISOString().slice(0, 16).replace('T', ' '),
  ]);
  return {
    lines: images.length === 0 ? [] : formatTable([['NAME', 'DIGEST', 'PLATFORM', 'SIZE', 'STORED'], ...rows]),
    json: {
      images: images.map(({ name, digest, platform, sizeBytes, storedAt }) => ({
        name,
        digest,
        platform: formatPlatform(platform),
        sizeBytes,
        storedAt,
      })),
    },
  };
}
