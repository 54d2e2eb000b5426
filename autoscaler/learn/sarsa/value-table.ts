/** Rows that a new table has room for; it doubles when they are used up. */
const FIRST_ROWS = 256;

/** A table as data, rows in the order in which they were made. */
export interface SavedTable {
  readonly states: Int32Array;
  /** states.length × actions. */
  readonly values: Float64Array;
  readonly visits: Int32Array;
}

/**
 * Action values of the states that were met, and how often each action was taken there. Sparse: of the reference's 53,760
 * states some hundred are ever met. A state gets a row when it is first met; a cell is `row · actions + action`.
 */
export class ValueTable {
  readonly actions: number;
  readonly initialValue: number;
  readonly #rows = new Map<number, number>();
  #states = new Int32Array(FIRST_ROWS);
  #values: Float64Array;
  #visits: Int32Array;

  constructor({ actions, initialValue }: { actions: number; initialValue: number }) {
    this.actions = actions;
    this.initialValue = initialValue;
    this.#values = new Float64Array(FIRST_ROWS * actions).fill(initialValue);
    this.#visits = new Int32Array(FIRST_ROWS * actions);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** The first cell of the state's row, or null for a state that was never met. */
  find(state: number): number | null {
    const row = this.#rows.get(state);
    return row === undefined ? null : row * this.actions;
  }

  /** The first cell of the state's row, which is made if need be. */
  row(state: number): number {
    const known = this.#rows.get(state);
    if (known !== undefined) return known * this.actions;
    const row = this.#rows.size;
    if (row === this.#states.length) this.#grow();
    this.#rows.set(state, row);
    this.#states[row] = state;
    return row * this.actions;
  }

  value(cell: number): number {
    return this.#values[cell] ?? this.initialValue;
  }

  setValue(cell: number, value: number): void {
    this.#values[cell] = value;
  }

  visits(cell: number): number {
    return this.#visits[cell] ?? 0;
  }

  /** Counts a visit; how many there are now. */
  visit(cell: number): number {
    const visits = this.visits(cell) + 1;
    this.#visits[cell] = visits;
    return visits;
  }

  save(): SavedTable {
    const cells = this.size * this.actions;
    return {
      states: this.#states.slice(0, this.size),
      values: this.#values.slice(0, cells),
      visits: this.#visits.slice(0, cells),
    };
  }

  static restore(saved: SavedTable, shape: { actions: number; initialValue: number }): ValueTable {
    const table = new ValueTable(shape);
    for (const state of saved.states) table.row(state);
    table.#values.set(saved.values);
    table.#visits.set(saved.visits);
    return table;
  }

  #grow(): void {
    const rows = this.#states.length * 2;
    const states = new Int32Array(rows);
    const values = new Float64Array(rows * this.actions).fill(this.initialValue);
    const visits = new Int32Array(rows * this.actions);
    states.set(this.#states);
    values.set(this.#values);
    visits.set(this.#visits);
    this.#states = states;
    this.#values = values;
    this.#visits = visits;
  }
}
