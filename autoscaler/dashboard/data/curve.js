/** The learning curve of a training, made of its points whichever way they are told. */

/** {episode, training, qos, workers, reward, loss} of one point; null where it does not say. */
export function curvePoint(point, position) {
  const of = { ...point, ...point.summary };
  return {
    episode: of.episode ?? position + 1,
    training: of.training ?? 0,
    qos: number(of.qos),
    workers: number(of.meanWorkers ?? of.workers?.mean),
    reward: number(of.totalReward ?? of.reward),
    loss: number(of.loss),
  };
}

/** The points of the last training, of several that follow each other. */
export function newestTraining(points) {
  const newest = points.at(-1)?.training;
  return points.filter(({ training }) => training === newest);
}

const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/**
 * Mean over so many episodes that at most `most` points are left: [episodes, values].
 * A training of 100,000 episodes has a curve of 400 points.
 */
export function smoothed(points, name, most = 400) {
  const known = points.filter((point) => point[name] !== null);
  const every = Math.max(1, Math.ceil(known.length / most));
  const columns = [[], []];
  for (let from = 0; from < known.length; from += every) {
    const part = known.slice(from, from + every);
    columns[0].push(part.at(-1).episode);
    columns[1].push(part.reduce((sum, point) => sum + point[name], 0) / part.length);
  }
  return columns;
}
