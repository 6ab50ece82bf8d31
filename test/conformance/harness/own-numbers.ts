import type { BuildAnswer } from './answer.ts';

/** What of an image follows from how its documents are written, which every lifecycle does in its own way. */
export interface OwnNumbers {
  readonly digest: string;
  readonly manifestBytes: number;
  /** Of the layer that holds metadata.toml. */
  readonly configDiffId: string | undefined;
}

/**
 * The numbers of the image that this build found and of the one that it wrote are true or false, nothing else: true ones are replaced
 * by what they are of.
 */
export function withoutOwnNumbers(
  answer: BuildAnswer,
  { found, written }: { readonly found: OwnNumbers | undefined; readonly written: OwnNumbers | undefined },
): BuildAnswer {
  const { 'report.toml': report, ...others } = answer.documents;
  let text = JSON.stringify(others);
  if (found?.configDiffId !== undefined) text = text.replaceAll(found.configDiffId, '<config>');
  if (found !== undefined) text = text.replaceAll(found.digest, '<image>');
  const documents = JSON.parse(text) as BuildAnswer['documents'];
  if (report === undefined) return { ...answer, documents };
  let reportText = JSON.stringify(report);
  if (written !== undefined) {
    reportText = reportText
      .replaceAll(written.digest, '<written image>')
      .replace(`"manifest-size":${written.manifestBytes}`, '"manifest-size":"<true>"');
  }
  return { ...answer, documents: { ...documents, 'report.toml': JSON.parse(reportText) as unknown } };
}
