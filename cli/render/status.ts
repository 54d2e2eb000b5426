import { coerceError } from '#shared/errors.ts';
import { AutoscalerClient, type AutoscalerStatus, type DecisionFacts } from '../farm/autoscaler.ts';
import { pageOf } from '../farm/connect.ts';
import { listFunctions, type FunctionFacts } from '../farm/functions.ts';
import type { FarmHttp } from '../farm/http.ts';
import { decimal, moment, percent } from '../format.ts';
import { renderPairs, renderTable } from '../table.ts';

/** A farm at one moment; the JSON object of `farmhand status --json`. */
export interface FarmStatus {
  readonly url: string;
  readonly page: string;
  readonly functions: readonly FunctionFacts[];
  /** Null: it does not answer, and `problem` says why. */
  readonly autoscaler: AutoscalerStatus | null;
  readonly lastDecision: Pick<DecisionFacts, 'at' | 'policy' | 'outcome' | 'because'> | null;
  readonly problem: string | null;
}

/** Reads a farm; an autoscaler that does not answer is part of the answer. @throws when the gateway does not answer */
export async function readFarm(http: FarmHttp): Promise<FarmStatus> {
  const client = new AutoscalerClient(http);
  const functions = await listFunctions(http);
  const base = { url: http.url, page: pageOf(http.url), functions };
  try {
    const [autoscaler, [lastDecision = null]] = await Promise.all([client.status(), client.decisions(1)]);
    return { ...base, autoscaler, lastDecision, problem: null };
  } catch (thrown) {
    return { ...base, autoscaler: null, lastDecision: null, problem: coerceError(thrown).message };
  }
}

export function renderFarm({ url, page, functions, autoscaler, lastDecision, problem }: FarmStatus): string[] {
  const lines = [
    ...renderPairs([
      ['gateway', url],
      ['page', page],
    ]),
    '',
    ...renderTable(
      [
        { title: 'function' },
        { title: 'desired', align: 'right' },
        { title: 'ready', align: 'right' },
        { title: 'calls', align: 'right' },
      ],
      functions.map(({ name, replicas, availableReplicas, invocationCount }) => [
        name,
        String(replicas),
        String(availableReplicas),
        String(invocationCount),
      ]),
    ),
    '',
  ];
  if (autoscaler === null) return [...lines, `The autoscaler does not answer: ${problem ?? 'nobody knows why'}`];
  const problems = Object.entries(autoscaler.problems).map(([part, { because }]) => `${part}: ${because}`);
  return [...lines, ...renderQueue(autoscaler), '', ...renderPolicy(autoscaler, lastDecision), ...problems];
}

function renderQueue({ queue }: AutoscalerStatus): string[] {
  if (queue === null) return ['queue: not looked at yet'];
  const { input, emitting, waiting, inFlight, result, deadLetters } = queue;
  return renderTable(
    [
      { title: 'input', align: 'right' },
      { title: 'emitting', align: 'right' },
      { title: 'waiting', align: 'right' },
      { title: 'in flight', align: 'right' },
      { title: 'result', align: 'right' },
      { title: 'dead letters', align: 'right' },
    ],
    [[input, emitting, waiting, inFlight, result, deadLetters].map(String)],
  );
}

function renderPolicy({ state, episode, observation }: AutoscalerStatus, last: FarmStatus['lastDecision']): string[] {
  const { policy, scaling, workers } = episode;
  const pairs: [string, string][] = [
    ['policy', `${policy}, ${state}`],
    ['workers', `${decimal(workers.mean)} mean, ${workers.max ?? '–'} at most, ${workers.now ?? '–'} now`],
    ['scaling', `${scaling.up} up, ${scaling.down} down, ${scaling.noop} held`],
    ['arrivals', observation === null ? '–' : `${decimal(observation.arrivalRate)} tasks/s`],
    ['QoS', `${percent(observation?.qosRate ?? null)} of the tasks collected lately`],
    ['last decision', last === null ? 'none yet' : `${last.outcome}: ${last.because} (${moment(last.at)} UTC)`],
  ];
  return renderPairs(pairs);
}
