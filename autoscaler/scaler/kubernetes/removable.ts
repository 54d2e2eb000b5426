import { isActive, type Pod } from './pod.ts';

/**
 * How many pods a Deployment may lose now so that only drained ones go: the drained ones that its ReplicaSet would take before
 * any other pod that may have work. While an update rolls out there are two ReplicaSets, and how many each of them loses is the
 * Deployment's choice: then it is what the poorer of those with work can spare.
 *
 * A ReplicaSet takes pods without a node first, then Pending, Unknown and Running ones, those that are not ready before those
 * that are, and of these the lowest deletion cost (`ActivePodsWithRanks`, kubernetes/pkg/controller/controller_utils.go).
 * A starting pod, which is not ready but may have claimed already, therefore goes before a drained one whose probe has not
 * failed yet: that one does not count until it has.
 *
 * Example: of A (drained, not ready), B (drained, ready), C (not ready, working) and D (ready), 1 may go: A. Once B is not
 * ready either, 2 may. (test/autoscaler/scaler/kubernetes/removable.test.ts)
 */
export function removable(pods: readonly Pod[], drained: ReadonlySet<string>): number {
  const active = pods.filter(isActive);
  const isDrained = ({ name }: Pod): boolean => drained.has(name);
  const spare = [...Map.groupBy(active, ({ owner }) => owner).values()].flatMap((kept) => {
    const mayWork = kept.filter((pod) => pod.started && !isDrained(pod));
    if (mayWork.length === 0) return [];
    return [kept.filter((pod) => isDrained(pod) && mayWork.every((other) => goesBefore(pod, other))).length];
  });
  return Math.min(active.filter(isDrained).length, ...spare);
}

/** Whether a ReplicaSet surely takes `pod` before `other`. Where it ranks them alike, nobody can tell. */
function goesBefore(pod: Pod, other: Pod): boolean {
  const others = rank(other);
  const differences = rank(pod).map((value, at) => value - (others[at] ?? 0));
  return (differences.find((difference) => difference !== 0) ?? 0) < 0;
}

const PHASES: readonly Pod['phase'][] = ['Pending', 'Unknown', 'Running'];

function rank(pod: Pod): readonly number[] {
  return [Number(pod.assigned), PHASES.indexOf(pod.phase), Number(pod.ready), pod.deletionCost];
}
