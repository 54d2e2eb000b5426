import { describe, expect, it } from 'vitest';
import { simulatedEnvironments } from '#autoscaler/run/environments.ts';
import { playAll, type PlayJob } from '#autoscaler/run/play/play.ts';
import { shortScenario } from '../support/scenario.ts';

const never = new AbortController().signal;

function job(contender: string, seeds: number): PlayJob {
  return {
    contender,
    scenario: shortScenario(),
    modelsFolder: 'no-models',
    seeds: Array.from({ length: seeds }, (_, index) => 100 + index),
    records: 30,
  };
}

describe('playing seeds', () => {
  it('gives the same in order, whatever the number of threads', async () => {
    const jobs = [job('static-15', 60), job('reactive-average', 7)];
    const environments = simulatedEnvironments;
    const here = await playAll(jobs, { environments, threads: 1, signal: never });
    const there = await playAll(jobs, { environments, threads: 2, signal: never });
    expect(there).toEqual(here);
    expect(here.map(({ facts, summaries, records }) => [facts.name, summaries.length, records.length])).toEqual([
      ['static-15', 60, 30],
      ['reactive-average', 7, 7],
    ]);
    expect(here[0]?.summaries.map(({ seed }) => seed)).toEqual(jobs[0]?.seeds);
    expect(here[0]?.records.map(({ summary }) => summary.seed)).toEqual(jobs[0]?.seeds.slice(0, 30));
  });

  it('plays all policies under common random numbers', async () => {
    const [a, b] = await playAll([job('static-12', 5), job('static-20', 5)], {
      environments: simulatedEnvironments,
      threads: 1,
      signal: never,
    });
    expect(a?.summaries.map(({ submitted }) => submitted)).toEqual(b?.summaries.map(({ submitted }) => submitted));
  });

  it.each([1, 2])('stops when it is told to, with %d threads', async (threads) => {
    const stop = new AbortController();
    const playing = playAll([job('static-15', 500)], {
      environments: simulatedEnvironments,
      threads,
      signal: stop.signal,
      onEpisode: () => stop.abort(new Error('enough')),
    });
    await expect(playing).rejects.toThrow(threads === 1 ? 'enough' : 'stopped by the main thread');
  });

  it('refuses an unknown policy before the first episode', async () => {
    const playing = playAll([job('static-15', 5), job('nope', 5)], {
      environments: simulatedEnvironments,
      threads: 1,
      signal: never,
      onEpisode: () => expect.unreachable(),
    });
    await expect(playing).rejects.toMatchObject({ code: 'UNKNOWN_POLICY' });
  });
});
