import { parentPort, workerData } from 'node:worker_threads';
import { Sfc32 } from '#shared/rng.ts';
import { loadLearner } from '../learn/agents.ts';
import { freeLearner } from '../learn/free-learner.ts';
import { openOnlineLearner } from '../learn/online/open-online-learner.ts';
import { liveJudge } from '../run/online/live-judge.ts';
import { rehearse } from './rehearse.ts';
import { servePolicy, type FromPolicyThread, type PolicyThreadData } from './serve-policy.ts';

/**
 * The worker thread of a trained policy (thread-adviser.ts). It decides and does not explore: the generator is never asked.
 * One that learns on does so after its answer, here, where no control step waits for it.
 */
const { model, learning } = workerData as PolicyThreadData;
const judge = learning === undefined ? null : liveJudge(learning.rewardName, learning);

const understudy = await loadLearner(model, { rng: new Sfc32(0) });
rehearse(understudy, model.actions);
freeLearner(understudy);

servePolicy(
  learning === undefined || judge === null
    ? await loadLearner(model, { rng: new Sfc32(0) })
    : await openOnlineLearner({
        ...{ model, judge, seed: 0, name: learning.name, stepDurationS: learning.stepDurationS },
        onSnapshot: (snapshot) => parentPort?.postMessage({ kind: 'learnt', snapshot } satisfies FromPolicyThread),
      }),
);
