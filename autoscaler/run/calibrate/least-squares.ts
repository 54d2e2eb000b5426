/** One observation: y ≈ Σ coefficient[j] · basis[j], counted `weight` times. */
export interface Row {
  readonly basis: readonly number[];
  readonly y: number;
  readonly weight: number;
}

/**
 * Coefficients that minimise Σ weight · (y − Σ coefficient · basis)².
 * Solves the normal equations by Gaussian elimination with partial pivoting, which is accurate enough for the three columns
 * of order 1 that it is given; the test compares it with the reference's own fit. The rows must determine the coefficients.
 */
export function leastSquares(rows: readonly Row[]): number[] {
  const columns = rows[0]?.basis.length ?? 0;
  const sumOver = (term: (row: Row) => number): number => rows.reduce((sum, row) => sum + row.weight * term(row), 0);
  const at = (values: readonly number[], index: number): number => values[index] ?? 0;
  const system = Array.from({ length: columns }, (_, i) => [
    ...Array.from({ length: columns }, (_, j) => sumOver(({ basis }) => at(basis, i) * at(basis, j))),
    sumOver(({ basis, y }) => at(basis, i) * y),
  ]);
  for (let pivot = 0; pivot < columns; pivot += 1) {
    const candidates = system.slice(pivot).map((row) => Math.abs(at(row, pivot)));
    const best = pivot + candidates.indexOf(Math.max(...candidates));
    const pivotRow = system[best] ?? [];
    system[best] = system[pivot] ?? [];
    system[pivot] = pivotRow;
    system.forEach((row, i) => {
      if (i === pivot) return;
      const factor = at(row, pivot) / at(pivotRow, pivot);
      system[i] = row.map((value, j) => value - factor * at(pivotRow, j));
    });
  }
  return system.map((row, i) => at(row, columns) / at(row, i));
}
