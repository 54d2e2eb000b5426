/**
 * How Node and glibc are told to be thrifty in the farm's own processes: they are many, live long and hold little. Measured in
 * docs/soak.md; the images have the same (template/node-farm/Dockerfile, which test/template/dockerfile.test.ts compares).
 */
export const smallProcess = {
  /** A young generation of 1 MiB; and garbage is collected when the heap has grown by a third instead of when it has doubled. */
  flags: ['--max-semi-space-size=1', '--optimize-for-size'],
  /** One heap for all threads: each compiler thread would keep the most that it ever needed. */
  environment: { MALLOC_ARENA_MAX: '1' },
} as const;
