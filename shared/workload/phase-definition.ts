import { z } from 'zod';
import { closedObject } from '../parse.ts';
import { notNegative, positive, text, upTo } from '../quantity.ts';
import { LONGEST_PHASE_S } from './limits.ts';

const head = {
  name: text(100),
  multiplier: positive('a factor'),
  durationS: upTo(LONGEST_PHASE_S, 'a time in s'),
};

const oscillation = {
  oscillationMin: notNegative('a factor'),
  oscillationMax: positive('a factor'),
  oscillationCycles: positive('a number of cycles'),
};

const oscillating = <Pattern extends string>(pattern: Pattern) =>
  closedObject({ ...head, pattern: z.literal(pattern), ...oscillation }).refine(
    (phase) => phase.oscillationMin <= phase.oscillationMax,
    { path: ['oscillationMin'], message: 'expected at most oscillationMax' },
  );

/**
 * One of `workload.phases` in farm.yml, with the reference's words: its rate is base rate × multiplier, and an oscillating
 * phase's goes from oscillationMin to oscillationMax times that, in a sine that begins at the middle.
 */
export const phaseDefinition = z.discriminatedUnion(
  'pattern',
  [
    closedObject({ ...head, pattern: z.literal('steady') }),
    oscillating('oscillation_slow'),
    oscillating('oscillation_fast'),
  ],
  'expected a phase with pattern steady, oscillation_slow or oscillation_fast',
);

export type PhaseDefinition = z.infer<typeof phaseDefinition>;

/** The four phases of the reference's README: 90 + 450 + 300 + 300 = 1,140 tasks in 240 s. */
export const referencePhases: PhaseDefinition[] = [
  { name: 'Steady Low Load', multiplier: 0.3, durationS: 60, pattern: 'steady' },
  { name: 'Steady High Load', multiplier: 1.5, durationS: 60, pattern: 'steady' },
  {
    name: 'Slow Oscillation',
    multiplier: 1,
    durationS: 60,
    pattern: 'oscillation_slow',
    oscillationMin: 0.5,
    oscillationMax: 1.5,
    oscillationCycles: 1,
  },
  {
    name: 'Fast Oscillation',
    multiplier: 1,
    durationS: 60,
    pattern: 'oscillation_fast',
    oscillationMin: 0.3,
    oscillationMax: 1.7,
    oscillationCycles: 4,
  },
];
