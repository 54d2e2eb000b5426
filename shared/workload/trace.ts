/**
 * Recorded load: requests in each second, one number a line; empty lines and lines that begin with # are skipped.
 * @throws Error that names the first line that is no such number.
 */
export function parseTrace(text: string): number[] {
  const counts: number[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (!/^\d+(\.\d+)?$/.test(line)) {
      throw new Error(`line ${index + 1}: expected a number of requests, 0 or more, got "${line.slice(0, 40)}"`);
    }
    counts.push(Number(line));
  }
  if (counts.length === 0) throw new Error('expected at least one line with a number of requests');
  return counts;
}

/**
 * The trace's rates with their mean moved to `meanPerS`: rate(t) / mean × meanPerS. [1, 3] at a mean of 5 is [2.5, 7.5]; a
 * trace of zeros stays as it is.
 */
export function scaleTrace(counts: readonly number[], meanPerS: number): number[] {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return mean === 0 ? [...counts] : counts.map((count) => (count / mean) * meanPerS);
}
