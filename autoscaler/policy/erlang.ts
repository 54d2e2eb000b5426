/**
 * Erlang's formulas for `load` erlangs (arrivals per second × mean service time) on `servers` servers. All by the stable
 * recursion B(0) = 1, B(n) = a·B(n − 1) / (n + a·B(n − 1)), which neither overflows nor cancels (Cooper, Introduction to
 * Queueing Theory, 2nd ed., 3.4; Whitt, The Erlang B and C Formulas, 2002).
 *
 * Example, 10 servers: B(10 erl) = 0.2146; C(8 erl) = 0.4092 (test/autoscaler/policy/erlang.test.ts).
 */

/** Erlang B: share of arrivals that find every server busy where nobody waits (M/G/n/n). 0 to 1. */
export function erlangB(servers: number, load: number): number {
  let blocked = 1;
  for (let n = 1; n <= servers; n += 1) blocked = (load * blocked) / (n + load * blocked);
  return blocked;
}

/** Erlang C: share of arrivals that have to wait where all do (M/M/n). 1 where the load is the servers' or more. */
export function erlangC(servers: number, load: number): number {
  return delayFromBlocking(erlangB(servers, load), servers, load);
}

/** Mean wait in M/M/n of all arrivals, s: C · S / (n − a). Infinity where the load is the servers' or more. */
export function meanWaitS(servers: number, load: number, serviceS: number): number {
  return load >= servers ? Infinity : (erlangC(servers, load) * serviceS) / (servers - load);
}

/** Fewest servers, 1 or more, at which at most `share` (over 0) of the arrivals wait: the inverse of Erlang C. */
export function serversForDelay(load: number, share: number): number {
  let servers = 0;
  let blocked = 1;
  do {
    servers += 1;
    blocked = (load * blocked) / (servers + load * blocked);
  } while (delayFromBlocking(blocked, servers, load) > share);
  return servers;
}

/** C = n·B / (n − a·(1 − B)). */
function delayFromBlocking(blocked: number, servers: number, load: number): number {
  return load >= servers ? 1 : (servers * blocked) / (servers - load * (1 - blocked));
}
