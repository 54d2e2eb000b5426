/**
 * Bounds on what a workload may ask for, so that no file and no request can ask for a plan that fills the memory. A plan of
 * 500,000 tasks (a day at 5.8 tasks/s) takes a fifth of a second and 80 MB.
 */
export const LONGEST_PHASE_S = 86_400;
export const MOST_TASKS = 500_000;

/** What a `control` may ask of the observation: longer windows are not kept. */
export const LONGEST_WINDOW_S = 120;
export const MOST_WORKERS = 32;
export const MOST_STEPS = 1_000_000;
