import { useStore } from '../../platform/use-store.ts';
import { flagOption, textOption, type CommandResult, type Invocation } from '../command.ts';
import { parseSize, parseTime } from '../parse-amount.ts';
import { formatBytes } from '../render/format.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options } = invocation;
  const maxSize = textOption(options, 'maxSize');
  const unusedFor = textOption(options, 'unusedFor');
  const limits = {
    images: flagOption(options, 'images'),
    ...(maxSize !== undefined && { maxSizeBytes: parseSize(maxSize, '--max-size') }),
    ...(unusedFor !== undefined && { unusedForMs: parseTime(unusedFor, '--unused-for') }),
  };
  const result = await useStore(textOption(options, 'store'), invocation, (store) => store.prune(limits));
  const { removed, freedBytes, keptBytes, inUse } = result;
  return {
    lines: [
      `Freed ${formatBytes(freedBytes)} (${removed.length} removed), ${formatBytes(keptBytes)} left`,
      ...(inUse > 0 ? [`${inUse} not removed: a build uses them`] : []),
    ],
    json: { ...result },
  };
}
