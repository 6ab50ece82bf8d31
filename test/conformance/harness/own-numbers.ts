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
  let text = JSON.stringify(answer.documents);
  if (found?.configDiffId !== undefined) text = text.replaceAll(found.configDiffId, '<config>');
  if (found !== undefined) text = text.replaceAll(found.digest, '<image>');
  if (written !== undefined) text = text.replaceAll(written.digest, '<written image>');
  if (written !== undefined)
    text = text.replace(`"manifest-size":${written.manifestBytes}`, '"manifest-size":"<true>"');
  return { ...answer, documents: JSON.parse(text) as BuildAnswer['documents'] };
}
