import { z } from 'zod';
import type { OwnFarm } from '../own-farm.ts';

/** What of a decision is of interest here. */
const decision = z.object({
  at: z.number(),
  observation: z.array(z.number()).nullable(),
  outcome: z.string(),
  because: z.string(),
  verdict: z.object({ corrections: z.array(z.object({ rule: z.string() })) }),
});
export type WitnessedDecision = z.infer<typeof decision>;

/** So many decisions are looked through. */
const MOST_DECISIONS = 100;

/** Oldest first, of all autoscalers; those that began at `since` (farm time, ms) or later. */
export async function decisionsSince({ queue }: OwnFarm, since: number): Promise<readonly WitnessedDecision[]> {
  const all = z.array(decision).parse(await queue.journal.list(MOST_DECISIONS));
  return all.filter(({ at }) => at >= since).reverse();
}

/** The farm could not be read, the platform did not do as it was told, or is known not to. */
export function isTroubled({ observation, outcome, verdict }: WitnessedDecision): boolean {
  return (
    observation === null ||
    ['refused', 'failed', 'withdrawn'].includes(outcome) ||
    verdict.corrections.some(({ rule }) => rule === 'platform')
  );
}

const logged = z.object({ level: z.string(), time: z.iso.datetime(), message: z.string() });

/** Lines of the autoscalers' logs since then (farm time, ms): warnings, and what tells of an end or of another leader. Each once. */
export async function logSince({ client }: OwnFarm, since: number): Promise<readonly string[]> {
  const text = await client.text('/system/logs?name=autoscaler&tail=2000');
  const lines = text.split('\n').filter((line) => line !== '');
  const said = lines.flatMap((line) => {
    const { text: printed } = JSON.parse(line) as { text: string };
    const parsed = printed.startsWith('{') ? logged.safeParse(JSON.parse(printed)) : null;
    if (parsed?.success !== true) return [];
    const { level, time, message } = parsed.data;
    const tells = level !== 'info' || /^(leads|follows)|works again/.test(message);
    return tells && Date.parse(time) >= since ? [message] : [];
  });
  return [...new Set(said)];
}
