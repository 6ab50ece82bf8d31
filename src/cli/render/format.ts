const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `512 B`, `1.5 KB`, `27 MB`: powers of 1000, as registries and disks count. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `340 ms`, `2.5 s`, `3 min 20 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Columns as wide as their widest cell, two spaces between them, no space at the ends of lines. */
export function formatTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * Text of others (child processes, registries, file names) for a terminal: control characters other than tab are made
 * visible, so that nobody's output can move the cursor, set the title or hide lines. Colours (SGR) of tools are kept where asked.
 */
export function printable(text: string, { keepColors = false }: { readonly keepColors?: boolean } = {}): string {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  const pattern = /\u001b\[[0-9;]*m|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
  return text.replaceAll(pattern, (match) => {
    if (match.length > 1) return keepColors ? match : '';
    return `\\x${match.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
