export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/**
 * A plain table: titles, then rows, columns two spaces apart and as wide as their widest cell. Lines end without trailing
 * spaces, so that golden files and diffs stay clean.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...rows.map((row) => oneLine(row[at] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, at) => {
        const cell = oneLine(cells[at] ?? '');
        const width = widths[at] ?? 0;
        return column.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...rows.map(line)];
}

/** Pairs of a name and a value, one a line, values aligned. */
export function renderPairs(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value)}`.trimEnd());
}

/** A cell is one line whatever a task or an error message contains; control characters must not reach a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
