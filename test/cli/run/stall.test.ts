import { describe, expect, it } from 'vitest';
import type { RunProgress } from '../../../cli/run/progress.ts';
import { StallDetector } from '../../../cli/run/stall.ts';

const still: RunProgress = {
  elapsedS: 0,
  phase: null,
  emitted: 10,
  total: 10,
  waiting: 0,
  inFlight: 0,
  completed: 8,
  dead: 0,
  workers: { desired: 2, ready: 1 },
  arrivalRate: 0,
  qos: 1,
};

function lookTwice(progress: Partial<RunProgress>, elapsedS = 30): string | undefined {
  const detector = new StallDetector({ patienceS: 30 });
  detector.look({ ...still, ...progress });
  return detector.look({ ...still, ...progress, elapsedS })?.sentence;
}

describe('StallDetector', () => {
  it.each([
    [
      'a worker that hangs',
      { inFlight: 1 },
      "nothing has moved for 30.0 s: 1 task in flight; a task may be slow, or see 'farmhand logs worker'",
    ],
    [
      'no worker to work',
      { waiting: 3 },
      "nothing has moved for 30.0 s: 3 tasks waiting, 1 of 2 workers ready; see 'farmhand logs worker'",
    ],
    [
      'an emitter that hangs',
      { emitted: 4 },
      "nothing has moved for 30.0 s: 4 of 10 tasks emitted; see 'farmhand logs emitter'",
    ],
    [
      'a collector that hangs',
      {},
      "nothing has moved for 30.0 s: 2 tasks without a result; see 'farmhand logs collector'",
    ],
  ])('names %s', (_name, progress, sentence) => {
    expect(lookTwice(progress)).toBe(sentence);
  });

  it('is quiet before its patience is over', () => {
    expect(lookTwice({}, 29.9)).toBeUndefined();
  });

  it('starts anew with every change', () => {
    const detector = new StallDetector({ patienceS: 30 });
    detector.look(still);
    expect(detector.look({ ...still, elapsedS: 29, completed: 9 })).toBeNull();
    expect(detector.look({ ...still, elapsedS: 58, completed: 9 })).toBeNull();
    expect(detector.look({ ...still, elapsedS: 59, completed: 9 })?.quietS).toBe(30);
  });
});
