/** Held-out episodes of an evaluation, and of each policy of a comparison, where nobody says otherwise. */
export const USUAL_EVALUATION_SEEDS = 10;
export const USUAL_COMPARISON_SEEDS = 100;

/** What a comparison compares where nobody says otherwise, as `--policies` takes it. */
export const USUAL_POLICIES = 'static-12..18,reactive-average,reactive-maximum';
