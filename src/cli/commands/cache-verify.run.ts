import { exitCodes } from '../../errors.ts';
import { useStore } from '../../platform/use-store.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';
import { formatBytes } from '../render/format.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const result = await useStore(textOption(invocation.options, 'store'), invocation, (store) => store.verify());
  const { checked, checkedBytes, corrupt } = result;
  return {
    lines: [
      `${checked} blobs are intact (${formatBytes(checkedBytes)})`,
      ...corrupt.map((digest) => `Removed ${digest}: its bytes were others`),
    ],
    json: { ...result },
    exitCode: corrupt.length > 0 ? exitCodes.BLOB_CORRUPT : 0,
  };
}
