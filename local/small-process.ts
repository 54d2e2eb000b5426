/**
 * How Node and glibc are told to be thrifty in the farm's own processes: they are many, live long and hold little. Measured in
 * docs/soak.md; the images have the same (template/node-farm/Dockerfile, which test/template/dockerfile.test.ts compares).
 */
export const smallProcess = {
  /**
   * A young generation of 1 MiB; and garbage is collected when the heap has grown by a third instead of when it has doubled.
   * The last two keep process.exit from hanging: it joins V8's threads, and one that compiles in the background may wait for a
   * collection that only the main thread could do (nodejs/node#54918, #64274; seen here in 2 of 100 exits of a small heap).
   */
  flags: ['--max-semi-space-size=1', '--optimize-for-size', '--no-maglev', '--no-concurrent-sparkplug'],
  /** One heap for all threads: each compiler thread would keep the most that it ever needed. */
  environment: { MALLOC_ARENA_MAX: '1' },
} as const;
