/** One step of a history. Workers are numbered by their place; a crashed one's place is taken by a new process. */
export type Move =
  /** Claim, or finish and claim: ends the first `ends` claims in hand, and asks for `most` more. */
  | {
      readonly do: 'ask';
      readonly worker: number;
      readonly ends: number;
      readonly how: 'done' | 'retry' | 'bury';
      readonly most: number;
      readonly lost: boolean;
    }
  /** Sends the unanswered request again. */
  | { readonly do: 'repeat'; readonly worker: number; readonly lost: boolean }
  | { readonly do: 'release' | 'beat' | 'crash' | 'suspect' | 'straggle'; readonly worker: number }
  /** The supervisor of a dead process returns what it held. */
  | { readonly do: 'notice'; readonly dead: number }
  /** Emitter or collector looks for expired leases. */
  | { readonly do: 'look' | 'pass' | 'collect' | 'recommit' };

/** 'ask(w0, ends 1 done, most 1, lost)' */
export function tellMove(move: Move): string {
  switch (move.do) {
    case 'ask': {
      const ends = move.ends > 0 ? `, ends ${move.ends} ${move.how}` : '';
      return `ask(w${move.worker}${ends}, most ${move.most}${move.lost ? ', lost' : ''})`;
    }
    case 'repeat':
      return `repeat(w${move.worker}${move.lost ? ', lost' : ''})`;
    case 'notice':
      return `notice(dead ${move.dead})`;
    case 'look':
    case 'pass':
    case 'collect':
    case 'recommit':
      return move.do;
    case 'release':
    case 'beat':
    case 'crash':
    case 'suspect':
    case 'straggle':
      return `${move.do}(w${move.worker})`;
  }
}
