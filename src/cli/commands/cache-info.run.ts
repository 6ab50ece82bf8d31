import { useStore } from '../../platform/use-store.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';
import { formatBytes, formatTable } from '../render/format.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const info = await useStore(textOption(invocation.options, 'store'), invocation, (store) => store.info());
  const rows = info.kinds
    .filter(({ count }) => count > 0)
    .map(({ kind, count, sizeBytes }) => [kind, String(count), formatBytes(sizeBytes)]);
  return {
    lines: [
      `Store: ${info.dir}`,
      `Size:  ${formatBytes(info.sizeBytes)}`,
      ...(rows.length > 0 ? ['', ...formatTable(rows)] : []),
    ],
    json: { ...info },
  };
}
