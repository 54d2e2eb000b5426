import type { Deadline } from '../patience.ts';
import type { Cluster } from './cluster.ts';
import type { Pod } from './pod.ts';

/** Between two watches, so that a server that ends each at once is not asked in a tight loop. */
const WATCH_AGAIN_AFTER_MS = 100;

/**
 * Follows the pods of `selector` until they are as `settled` wants them, or the time is up (false). List, then watch from
 * there; a watch that is dropped goes on from the last event, and one that the server has forgotten (410) begins with a new list.
 */
export async function followPods(
  cluster: Pick<Cluster, 'pods' | 'watchPods'>,
  selector: string,
  until: { settled: (pods: readonly Pod[]) => boolean; deadline: Deadline },
): Promise<boolean> {
  const { settled, deadline } = until;
  const pods = new Map<string, Pod>();
  let version: string | null = null;
  const list = async (): Promise<string> => {
    const listed = await deadline.persist(async (timeoutMs) => cluster.pods(selector, timeoutMs));
    pods.clear();
    for (const pod of listed.pods) pods.set(pod.name, pod);
    return listed.version;
  };
  for (;;) {
    version ??= await list();
    if (settled([...pods.values()])) return true;
    const enough = new AbortController();
    const watched = new AbortController();
    void deadline.over(watched.signal).then(() => enough.abort());
    let from: string = version;
    const end = await cluster.watchPods(
      { selector, version },
      {
        signal: enough.signal,
        onEvent({ kind, pod, version: seen }) {
          from = seen;
          if (kind === 'gone') pods.delete(pod.name);
          else pods.set(pod.name, pod);
          if (settled([...pods.values()])) enough.abort();
        },
      },
    );
    watched.abort();
    if (settled([...pods.values()])) return true;
    version = end === 'expired' ? null : from;
    if (!(await deadline.pause(WATCH_AGAIN_AFTER_MS))) return false;
  }
}
