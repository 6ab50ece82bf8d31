/** What a person sees of an error, with what differs from machine to machine blanked. */
export function shownError(
  stderr: string,
  { dir, registry }: { readonly dir: string; readonly registry: string },
): string {
  const error = stderr.slice(Math.max(0, stderr.indexOf('Error [')));
  return error
    .replaceAll(dir, '<dir>')
    .replaceAll(registry, '<registry>')
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:<digest>')
    .replaceAll(/scopes\/[0-9a-f]{32}/g, 'scopes/<scope>')
    .replaceAll(/key [0-9a-f]{16}/g, 'key <id>')
    .replaceAll(/go1\.\d+(\.\d+)?/g, 'go1.<version>')
    .replaceAll(/\S+\/bin\/go is/g, '<go> is')
    .replaceAll(/\d+ versions/g, '<n> versions')
    .replaceAll(/(?<![\d.])\d+\.\d+\.\d+(?=[ :@,)]|$)/gm, '<version>');
}
