import type { Letter } from '../farm/collector.ts';
import { moment } from '../format.ts';
import { renderTable } from '../table.ts';

/** Dead letters as people look for them: by the file's name where the task has one. */
export function renderLetters(letters: readonly Letter[]): string[] {
  const sorted = [...letters].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return renderTable(
    [{ title: 'file' }, { title: 'reason' }],
    sorted.map((letter) => [nameOf(letter), letter.error]),
  );
}

/** A dead letter of a folder's run, for programs. */
export function failureOf(letter: Letter): { id: string; file: string; reason: string } {
  return { id: letter.id, file: nameOf(letter), reason: letter.error };
}

export function renderLetterList(letters: readonly Letter[]): string[] {
  return renderTable(
    [
      { title: 'id' },
      { title: 'kind' },
      { title: 'attempts', align: 'right' },
      { title: 'died (UTC)' },
      { title: 'reason' },
    ],
    letters.map(({ id, kind, attempts, diedAt, error }) => [id, kind, String(attempts), moment(diedAt), error]),
  );
}

function nameOf({ id, payload }: Letter): string {
  const name = (payload as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? name : id;
}
