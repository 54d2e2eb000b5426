import { workerData } from 'node:worker_threads';
import { Sfc32 } from '#shared/rng.ts';
import { loadLearner } from '../learn/agents.ts';
import { servePolicy, type PolicyThreadData } from './serve-policy.ts';

/** The worker thread of a trained policy (thread-adviser.ts). It decides and does not explore: the generator is never asked. */
const { model } = workerData as PolicyThreadData;
servePolicy(await loadLearner(model, { rng: new Sfc32(0) }));
