import { once } from 'node:events';
import { get } from 'node:http';
import { describe, expect, it } from 'vitest';
import { unlessAborted } from '#shared/abort.ts';
import { SystemClock, VirtualClock } from '#shared/clock.ts';
import { createMetrics } from '#shared/metrics.ts';
import { startTestHttp } from './autoscaler/support/http.ts';
import { bytesKeptBy } from './support/held-bytes.ts';
import { until } from './support/until.ts';

/** A listener or an entry of a map that is left behind takes more; code that is compiled meanwhile, shared by all, takes less. */
const NOTHING = 150;

const clock = new SystemClock();

describe('leaves nothing behind for good:', () => {
  it('a wait that a long-lived signal could end', async () => {
    const { signal } = new AbortController();
    const wait = async (): Promise<void> => {
      await unlessAborted(Promise.resolve(), signal);
      await clock.sleep(0, signal);
    };
    expect(await bytesKeptBy(wait, 2_000)).toBeLessThan(NOTHING);
  }, 60_000);

  it('a scrape', async () => {
    const registry = createMetrics();
    expect(await bytesKeptBy(() => registry.metrics(), 3_000)).toBeLessThan(NOTHING);
  }, 60_000);

  it('a decision of the autoscaler', async () => {
    const steps = new VirtualClock();
    const { autoscaler } = await startTestHttp({ clock: steps, stepDurationS: 1 });
    expect(await bytesKeptBy(() => steps.advance(1_000), 1_500)).toBeLessThan(NOTHING);
    expect(autoscaler.episode.steps).toBeGreaterThan(2_900);
  }, 60_000);

  it('a client of the event stream that has gone', async () => {
    const { app, url } = await startTestHttp({ clock: new VirtualClock() });
    const gone = (): Promise<boolean> =>
      new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count === 0)));
    const visit = async (): Promise<void> => {
      const asked = get(`${url}/events`, { agent: false });
      await once(asked, 'response');
      asked.destroy();
      await until('it has gone', gone);
    };
    expect(await bytesKeptBy(visit, 200)).toBeLessThan(1_000);
  }, 60_000);
});
