import type { FarmConfig } from '#shared/config-schema.ts';
import type { Workload } from '#shared/workload/workload.ts';
import { scenarioFrom, withControl, type Scenario } from '../scenario.ts';

/**
 * What somebody may want of the farm and the work in it, on the command line or over HTTP. What he leaves out is as the
 * workload says, else as farm.yml says.
 */
export interface ScenarioWishes {
  readonly profile?: Scenario['profile'] | undefined;
  /** With profile `farm`: the farm's own. */
  readonly timing?: Scenario['timing'] | undefined;
  readonly dispatch?: Scenario['dispatch'] | undefined;
  readonly actions?: Scenario['actions'] | undefined;
  /** Judge by worker-seconds, and a late task as so many; else by farm.yml's reward. */
  readonly lateCost?: number | undefined;
  readonly stepDurationS?: number | undefined;
  readonly observationWindowS?: number | undefined;
  readonly initialWorkers?: number | undefined;
  readonly minWorkers?: number | undefined;
  readonly maxWorkers?: number | undefined;
  readonly maxSteps?: number | undefined;
  readonly phaseShuffle?: boolean | undefined;
  readonly phaseShuffleSeed?: number | undefined;
  /** On a real farm instead of a simulated one. */
  readonly live?: boolean | undefined;
}

/** How whoever asked is spoken to: a wish's name as he writes it, and the error that says what is wrong with it. */
export interface Voice {
  name(wish: keyof ScenarioWishes): string;
  refuse(wish: keyof ScenarioWishes, problem: { readonly value: unknown; readonly because: string }): Error;
}

/** @throws what `voice.refuse` gives, for wishes that contradict each other or farm.yml */
export function scenarioByWishes(
  loaded: Workload,
  wishes: ScenarioWishes,
  { config, voice }: { config: FarmConfig; voice: Voice },
): Scenario {
  const { minWorkers = config.control.minWorkers, maxWorkers = config.control.maxWorkers } = wishes;
  if (minWorkers > maxWorkers) {
    const because = `expected at most ${voice.name('maxWorkers')} (${maxWorkers})`;
    throw voice.refuse('minWorkers', { value: minWorkers, because });
  }
  const { control } = loaded;
  const initialWorkers = wishes.initialWorkers ?? Math.min(Math.max(control.initialWorkers, minWorkers), maxWorkers);
  if (initialWorkers < minWorkers || initialWorkers > maxWorkers) {
    const bounds = `${voice.name('minWorkers')}, ${voice.name('maxWorkers')}`;
    const because = `expected from ${minWorkers} to ${maxWorkers} (${bounds})`;
    throw voice.refuse('initialWorkers', { value: initialWorkers, because });
  }
  const workload = withControl(loaded, {
    stepDurationS: wishes.stepDurationS ?? control.stepDurationS,
    observationWindowS: wishes.observationWindowS ?? control.observationWindowS,
    maxSteps: wishes.maxSteps ?? control.maxSteps,
    initialWorkers,
  });
  return scenarioFrom(
    { ...config, control: { ...config.control, minWorkers, maxWorkers } },
    {
      workload: {
        ...workload,
        phaseShuffle: wishes.phaseShuffle ?? workload.phaseShuffle,
        phaseShuffleSeed: wishes.phaseShuffleSeed ?? workload.phaseShuffleSeed,
      },
      ...timingOf(wishes),
      dispatch: dispatchOf(wishes, { config, voice }),
      actions: wishes.actions ?? 'one',
      lateCost: wishes.lateCost ?? null,
    },
  );
}

function timingOf({ live, profile, timing }: ScenarioWishes): Pick<Scenario, 'profile' | 'timing'> {
  if (live === true) return { profile: 'live' };
  return timing === undefined ? { profile: profile ?? 'reference' } : { profile: 'farm', timing };
}

/** A real farm's order is its own, whatever is asked for. */
function dispatchOf(
  { live, dispatch }: ScenarioWishes,
  { config: { queue }, voice }: { config: FarmConfig; voice: Voice },
): Scenario['dispatch'] {
  if (live !== true) return dispatch ?? 'fifo';
  if (dispatch !== undefined && dispatch !== queue.dispatch) {
    const because =
      `with ${voice.name('live')} the farm dispatches as farm.yml says (queue.dispatch: ${queue.dispatch}); ` +
      `change it there, or set FARM_QUEUE_DISPATCH=${dispatch}`;
    throw voice.refuse('dispatch', { value: dispatch, because });
  }
  return queue.dispatch;
}
