/** The names of a training's files, from its run directory's folder. docs/runs.md describes them. */
export const TRAINING_METRICS = 'training_metrics.json';
export const EVALUATION_METRICS = 'evaluation_metrics.json';
export const TRAINING_STEPS = 'training_steps.csv';
export const STEPS = 'steps.csv';
export const SUMMARY = 'summary.json';
/** Where the training is: the learner's resumable state in a folder beside it. */
export const CHECKPOINT = 'checkpoint';
export const CHECKPOINT_STATE = `${CHECKPOINT}/training.json`;
export const MODELS = 'models';
export const BEST_MODEL = `${MODELS}/best`;
