/** A label to be placed near its point, in px from the plot's upper left corner. */
export interface PointLabel {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

export interface LabelPlace {
  /** Where the text begins, and the middle of its height. */
  readonly x: number;
  readonly y: number;
  /** The text's end that is nearest to the point: where a line to it may go. */
  readonly lineX: number;
  /** Whether it is so far away that a line should lead to it. */
  readonly led: boolean;
}

/** A rectangle, px from the plot's upper left corner. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const FONT_PX = 11;
/** An average letter of the figures' font, as a share of its size. */
const LETTER = 0.55;
/** Between a line and the text that it leads to. */
const GAP_PX = 3;
const DIRECTIONS = 16;
const DISTANCES_PX = [10, 20, 34, 50, 70] as const;
/** Up to here a label obviously belongs to its point. */
const NEAR_PX = 20;

/**
 * Places labels one after the other, each where it covers the least of `avoid`, of labels before it and of what is outside the
 * plot; of places as good, the nearest. Greedy, so crowded plots may keep an overlap.
 */
export function placeLabels(
  labels: readonly PointLabel[],
  plot: { width: number; height: number; avoid: readonly Box[] },
): LabelPlace[] {
  const taken = [...plot.avoid];
  return labels.map((label) => {
    const width = label.text.length * FONT_PX * LETTER;
    const candidates = DISTANCES_PX.flatMap((distance) =>
      Array.from({ length: DIRECTIONS }, (_, i) => candidate(label, { width, distance, turn: i / DIRECTIONS })),
    );
    let best = candidates[0];
    let least = Infinity;
    for (const place of candidates) {
      const covered = taken.reduce((sum, box) => sum + overlap(place.box, box), outside(place.box, plot));
      const cost = covered + place.distance / 1000;
      if (cost < least) [best, least] = [place, cost];
    }
    if (best === undefined) return { x: label.x, y: label.y, lineX: label.x, led: false };
    const { left, right, top, bottom } = best.box;
    taken.push(best.box);
    return {
      x: left,
      y: (top + bottom) / 2,
      lineX: Math.min(right + GAP_PX, Math.max(left - GAP_PX, label.x)),
      led: best.distance > NEAR_PX,
    };
  });
}

/** The text beside the point in that direction: what is nearest to the point is its edge, not its middle. */
function candidate(at: PointLabel, { width, distance, turn }: { width: number; distance: number; turn: number }) {
  const angle = 2 * Math.PI * turn;
  const x = at.x + distance * Math.cos(angle);
  const y = at.y + distance * Math.sin(angle);
  const left = x - (width * (1 - Math.cos(angle))) / 2;
  return { distance, box: { left, right: left + width, top: y - FONT_PX * 0.6, bottom: y + FONT_PX * 0.6 } };
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}

/** Area of the box that lies outside the plot. */
function outside(box: Box, { width, height }: { width: number; height: number }): number {
  const area = (box.right - box.left) * (box.bottom - box.top);
  return area - overlap(box, { left: 0, top: 0, right: width, bottom: height });
}
