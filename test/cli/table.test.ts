import { describe, expect, it } from 'vitest';
import { renderPairs, renderTable } from '../../cli/table.ts';

describe('renderTable', () => {
  it('aligns columns and leaves no trailing space', () => {
    const lines = renderTable(
      [{ title: 'name' }, { title: 'n', align: 'right' }, { title: 'note' }],
      [
        ['worker', '12', ''],
        ['x', '3', 'ok'],
      ],
    );
    expect(lines).toEqual(['name     n  note', 'worker  12', 'x        3  ok']);
  });

  it('lets no control character through: an error message may hold a terminal escape', () => {
    expect(renderTable([{ title: 'a' }], [['x\u001b[31m\ny']])).toEqual(['a', 'x [31m y']);
    expect(renderPairs([['a', 'x\ty']])).toEqual(['a  x y']);
  });
});
