import type { z } from 'zod';
import { GammaSampler } from '../distributions.ts';
import { closedObject } from '../parse.ts';
import { positive, upTo, whole } from '../quantity.ts';
import type { Rng } from '../rng.ts';
import { sizeOfTime, timeOfSize, timingModel } from './timing-model.ts';

/** How long a task takes: a gamma time, turned into the image size that takes as long. */
export const serviceModel = closedObject({
  /** Mean of the gamma, before it is cut to what the sizes allow. */
  meanS: positive('a time in s'),
  /** Shape of the gamma: its coefficient of variation is 1/√shape. */
  shape: upTo(10_000, 'a shape'),
  minSizePx: whole(16, 16_384, 'a whole number of px'),
  maxSizePx: whole(16, 16_384, 'a whole number of px'),
  model: timingModel,
}).refine((service) => service.minSizePx <= service.maxSizePx, {
  path: ['minSizePx'],
  message: 'expected at most maxSizePx',
});

export type ServiceModel = z.infer<typeof serviceModel>;

export interface SampledService {
  readonly serviceMs: number;
  /** Pixels per side, whole. */
  readonly sizePx: number;
}

const REDRAWS = 5;
const SHORTEST_S = 0.001;

/**
 * Draws tasks' sizes and service times.
 * Source: task-farm reference, `generate_processing_time` and `calculate_image_size`: a gamma time, drawn again up to five
 * times while no image is that quick, cut to the times of the smallest and largest size, turned into whole pixels by the
 * inverse of the timing model, and back. With the reference's figures: mean 1.473 s, and 5.5 % of tasks at the cap of
 * 2.870 s (test/shared/workload/service.test.ts).
 */
export class ServiceSampler {
  readonly #service: ServiceModel;
  readonly #times: GammaSampler;
  readonly #leastS: number;
  readonly #mostS: number;

  constructor(service: ServiceModel) {
    const { model, meanS, shape, minSizePx, maxSizePx } = service;
    this.#service = service;
    this.#times = new GammaSampler({ shape, scale: meanS / shape });
    this.#leastS = timeOfSize(model, minSizePx);
    this.#mostS = timeOfSize(model, maxSizePx);
  }

  sample(rng: Rng): SampledService {
    const sizePx = this.drawSizePx(rng);
    return { sizePx, serviceMs: this.serviceMs(sizePx) };
  }

  /** The size of one task, as `sample` draws it; nothing is allocated. */
  drawSizePx(rng: Rng): number {
    const { model, minSizePx, maxSizePx } = this.#service;
    const timeS = clamp(this.#drawTime(rng), this.#leastS, this.#mostS);
    return Math.trunc(clamp(sizeOfTime(model, timeS), minSizePx, maxSizePx));
  }

  /** How long a task of that size takes. */
  serviceMs(sizePx: number): number {
    return Math.max(timeOfSize(this.#service.model, sizePx), SHORTEST_S) * 1000;
  }

  #drawTime(rng: Rng): number {
    const { model, meanS } = this.#service;
    for (let draws = 0; draws <= REDRAWS; draws += 1) {
      const timeS = this.#times.draw(rng);
      if (timeS > model.b) return timeS;
    }
    return meanS;
  }
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
