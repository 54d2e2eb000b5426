/** A payload with this value of `chaos` kills whatever worker touches its task; the task's id begins with it too. */
export const POISON = 'poison';
