import type { FigureSpec } from '../figure.ts';

/** Under which conditions a figure's data came about; every figure names them below its title. */
export interface Conditions {
  readonly workload: string;
  /** Timing profile: reference, farmhand, or live. */
  readonly profile: string;
  readonly dispatch: string;
  readonly actions: string;
  /** In words: "10 held-out seeds", "seed 42". */
  readonly seeds: string;
}

/**
 * Told apart with every common colour blindness. Yellow is left out: it cannot be read on white.
 * Source: Okabe and Ito, "Color Universal Design" (2008).
 */
const PALETTE = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'] as const;
/** After the first round of colours the next round is dashed, so that no two series look alike. */
const DASHES = [[], [6, 3], [2, 2]] as const;

export const blue = PALETTE[0];
export const vermilion = PALETTE[1];
export const green = PALETTE[2];
/** For what is context and not the subject. */
export const grey = '#767676';
export const paleGrey = '#c4c4c4';

/** How the series number `index` of a figure is drawn. */
export function seriesStyle(index: number): { colour: string; dash: number[] } {
  const colour = PALETTE[index % PALETTE.length] ?? blue;
  return { colour, dash: [...(DASHES[Math.floor(index / PALETTE.length) % DASHES.length] ?? [])] };
}

/** What vega takes a letter of a subtitle to be wide where no browser can measure it, px. Longer lines widen the figure. */
const LETTER_PX = 8.8;

/** What is alike in all figures: title, conditions, notes, and quiet axes. `widthPx`: of all panels together. */
export function figureFrame(
  text: string,
  { conditions, notes, widthPx }: { conditions: Conditions; notes: readonly string[]; widthPx: number },
) {
  const { workload, profile, dispatch, actions, seeds } = conditions;
  const facts = [`workload ${workload}`, `profile ${profile}`, `dispatch ${dispatch}`, `actions ${actions}`, seeds];
  const letters = widthPx / LETTER_PX;
  return {
    title: {
      text,
      subtitle: [...wrapped(facts, letters), ...wrapped(notes, letters)],
      anchor: 'start',
      offset: 16,
      fontSize: 15,
      subtitleColor: '#444444',
      subtitlePadding: 6,
    },
    config: {
      axis: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#ececec', domain: false },
      view: { stroke: '#cccccc' },
      legend: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal' },
    },
  } satisfies Partial<FigureSpec>;
}

/** Joined by dots, in as few lines of at most so many letters as their order allows. */
function wrapped(parts: readonly string[], letters: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : `${last} · ${part}`;
    if (last === undefined || longer.length > letters) lines.push(part);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
