import { resolve } from 'node:path';
import { writeReport } from '../../cnb/report.ts';
import { writeFileAtomic } from '../../fs/atomic-file.ts';
import type { CreateResult } from '../../lifecycle/create-request.ts';
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
  if (reportFile !== undefined) await writeFileAtomic(reportFile, reportText(reportFile, { image, written, report }));
  const digestFile = path('digestFile');
  if (digestFile !== undefined) await writeFileAtomic(digestFile, `${image.digest}\n`);
  return {
    lines: written.map(({ reference, digest }) => `${reference}@${digest}`),
    json: { digest: image.digest, images: written, report },
  };
}

/** A name that ends in `.toml` asks for the document of the specification (EXP-29), any other for our own, which `--resolved` reads. */
function reportText(
  file: string,
  { image, written, report }: Pick<CreateResult, 'image' | 'written' | 'report'>,
): string {
  if (!file.endsWith('.toml')) return `${JSON.stringify(report, null, 2)}\n`;
  return writeReport({
    tags: written.map(({ reference }) => reference),
    digest: image.digest,
    manifestSizeBytes: image.manifestBytes.length,
  });
}
