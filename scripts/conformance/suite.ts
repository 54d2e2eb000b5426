import { coerceError } from '#shared/errors.ts';
import type { Outcome, Requirement } from './requirement.ts';
import { NotApplicable, Unmet } from './unmet.ts';
import { deploying } from './requirements/deploying.ts';
import { invoking } from './requirements/invoking.ts';
import { scaling } from './requirements/scaling.ts';
import { secrets } from './requirements/secrets.ts';
import { telling } from './requirements/telling.ts';
import { Trial, type TrialOptions } from './trial.ts';

/**
 * What a provider behind the OpenFaaS REST API must do, in our words, after the API's reference
 * (https://docs.openfaas.com/reference/rest-api/) and the types of faas-provider. Docs/gateway.md has the table.
 */
export const requirements: readonly Requirement[] = [...telling, ...deploying, ...invoking, ...scaling, ...secrets];

/** Tries one requirement and removes whatever it made. Never rejects. */
export async function tryRequirement(requirement: Requirement, options: TrialOptions): Promise<Outcome> {
  const startMs = options.clock.monotonic();
  const trial = new Trial(options);
  let outcome: Pick<Outcome, 'result' | 'because'> = { result: 'passed', because: null };
  try {
    await requirement.check(trial);
  } catch (thrown) {
    outcome = judge(thrown);
  }
  try {
    await trial.end();
  } catch (thrown) {
    if (outcome.result === 'passed') outcome = { result: 'failed', because: `cannot clean up: ${messageOf(thrown)}` };
  }
  return { name: requirement.name, ...outcome, seconds: (options.clock.monotonic() - startMs) / 1000 };
}

function judge(thrown: unknown): Pick<Outcome, 'result' | 'because'> {
  if (thrown instanceof NotApplicable) return { result: 'skipped', because: thrown.message };
  return { result: 'failed', because: messageOf(thrown) };
}

/** The gateway's failures in a sentence; anything else with its kind, since the suite itself may be wrong. */
function messageOf(thrown: unknown): string {
  const { name, message, cause } = coerceError(thrown);
  if (thrown instanceof Unmet) return message;
  return `${name}: ${message}${cause instanceof Error ? `: ${cause.message}` : ''}`;
}
