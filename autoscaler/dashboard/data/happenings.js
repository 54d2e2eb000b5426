/**
 * What is wrong now, by a key that stays while it lasts: {level: 'problem' | 'notice', text}. Pure: the banners show it, the log
 * tells when each began and ended.
 */
export function happenings({ status, policy, connection }) {
  const now = new Map();
  if (connection.state === 'lost') {
    now.set('page', {
      level: 'problem',
      text: `The autoscaler does not answer (${connection.because}). What is shown is the last that was seen; it is tried again.`,
    });
  }
  if (status === null) return now;
  for (const [part, { because, since }] of Object.entries(status.problems)) {
    now.set(`part ${part}`, { level: 'problem', text: `${nameOf(part)}: ${because}`, since });
  }
  const { workers } = status;
  if (workers !== null && (workers.granted < workers.desired || workers.limit !== null)) {
    const most = workers.limit ?? workers.granted;
    now.set('clamped', {
      level: 'notice',
      text: `The platform grants no more than ${most} workers, whatever is asked for. OpenFaaS Community Edition grants 5.`,
    });
  }
  if (!status.leads) {
    now.set('leader', {
      level: 'notice',
      text: 'This autoscaler only watches: it does not hold the leader’s lease, so another one decides, or none while Redis is away.',
    });
  }
  if (status.state === 'paused') now.set('paused', { level: 'notice', text: 'Paused: it looks and changes nothing.' });
  if (status.state === 'preparing') {
    now.set('preparing', { level: 'notice', text: 'An episode is being prepared: workers are brought to its start.' });
  }
  if (policy?.fallback?.active) {
    const { because, since } = policy.fallback;
    now.set('fallback', {
      level: 'problem',
      text: `${policy.safe} decides instead of ${policy.live.name}: ${because}`,
      since,
    });
  }
  return now;
}

const NAMES = { queue: 'Queue (Redis)', gateway: 'Gateway', policy: 'Policy', journal: 'Record of decisions' };
const nameOf = (part) => NAMES[part] ?? part;

/** What began and what ended between two of these maps: [{level, text}]. */
export function changes(before, after, nowMs) {
  const began = [...after].filter(([key]) => !before.has(key)).map(([, { level, text }]) => ({ level, text }));
  const ended = [...before]
    .filter(([key]) => !after.has(key))
    .map(([, { text, seenMs }]) => ({ level: 'over', text, afterMs: nowMs - seenMs }));
  return [...ended, ...began];
}
