import { afterEach, describe, expect, test } from 'vitest';
import type { Scaler } from '#autoscaler/scaler/scaler.ts';

export interface ScalerUnderTest {
  readonly scaler: Scaler;
  /** The most replicas that this platform grants; null: as many as are asked for. */
  readonly cap: number | null;
  /** Resolves when what was granted is ready. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What every scaler keeps to. `make` gives one of a platform that runs one replica. */
export function scalerContract(name: string, make: () => Promise<ScalerUnderTest>): void {
  describe(`${name} as a scaler`, () => {
    let under: ScalerUnderTest | null = null;
    const start = async (): Promise<ScalerUnderTest> => (under = await make());
    afterEach(async () => {
      await under?.stop();
      under = null;
    });

    test('reads what there is before anything was asked', async () => {
      const { scaler, settled } = await start();
      await settled();
      expect(await scaler.read()).toEqual({ desired: 1, granted: 1, ready: 1, active: 1, parked: 0, limit: null });
    });

    test.each([
      ['up', [3]],
      ['up and down', [5, 2]],
      ['to where it is', [4, 4]],
    ])('grants what is asked, and reads it after the write: %s', async (_case, targets) => {
      const { scaler, settled } = await start();
      for (const replicas of targets) {
        expect(await scaler.apply({ replicas })).toEqual({ requested: replicas, granted: replicas });
      }
      await settled();
      const granted = targets.at(-1)!;
      expect(await scaler.read()).toMatchObject({ desired: granted, granted, ready: granted, limit: null });
    });

    test('active counts whatever exists: never fewer than granted or ready', async () => {
      const { scaler } = await start();
      for (const replicas of [4, 2]) {
        await scaler.apply({ replicas });
        const { active, granted, ready } = await scaler.read();
        expect(active).toBeGreaterThanOrEqual(Math.max(granted, ready));
      }
    });

    test('says what was granted of more than the platform gives, and remembers the limit', async () => {
      const { scaler, cap } = await start();
      const replicas = (cap ?? 5) + 2;
      const granted = cap ?? replicas;
      expect(await scaler.apply({ replicas })).toEqual({ requested: replicas, granted });
      expect(await scaler.read()).toMatchObject({ desired: replicas, granted, limit: cap });
    });
  });
}
