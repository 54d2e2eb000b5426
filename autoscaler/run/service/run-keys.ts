/** Redis keys of a farm's runs. All share the farm's hash tag, as its queue's do (shared/queue/keys.ts). */
export interface RunKeys {
  /** LIST of runs' ids, newest first. */
  readonly order: string;
  /** LIST of the ids that wait, the next one first. */
  readonly queue: string;
  /** STRING: id of the run that is being done; it stays when its process dies, so that the next one finds it. */
  readonly current: string;
  /** HASH: the lease of the process that does runs (shared/lease.ts). */
  readonly lease: string;
  /** STREAM of the ids of runs that changed, one for each change; the last ones only. */
  readonly changes: string;
  /** HASH of one run (run-record.ts). */
  readonly run: (id: string) => string;
  /** STREAM of one run's events. */
  readonly events: (id: string) => string;
  /** HASH file → its bytes, gzip: where a training was. */
  readonly checkpoint: (id: string) => string;
}

/** @param farm config.farm */
export function runKeys(farm: string): RunKeys {
  const key = (name: string): string => `{${farm}}:autoscaler:${name}`;
  return {
    order: key('runs'),
    queue: key('runs:queue'),
    current: key('runs:current'),
    lease: key('runs:lease'),
    changes: key('runs:changes'),
    run: (id) => key(`run:${id}`),
    events: (id) => key(`run:${id}:events`),
    checkpoint: (id) => key(`run:${id}:checkpoint`),
  };
}
