import { resolve } from 'node:path';
import { writeFileAtomic } from '../../fs/atomic-file.ts';
import { buildImage } from '../../platform/build-image.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';
import { readBuildOptions } from './build-options.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { image, written, report } = await buildImage(readBuildOptions(invocation), invocation);
  const path = (option: string): string | undefined => {
    const file = textOption(invocation.options, option);
    return file === undefined ? undefined : resolve(invocation.cwd, file);
  };
  const reportFile = path('report');
  if (reportFile !== undefined) await writeFileAtomic(reportFile, `${JSON.stringify(report, null, 2)}\n`);
  const digestFile = path('digestFile');
  if (digestFile !== undefined) await writeFileAtomic(digestFile, `${image.digest}\n`);
  return {
    lines: written.map(({ reference, digest }) => `${reference}@${digest}`),
    json: { digest: image.digest, images: written, report },
  };
}
