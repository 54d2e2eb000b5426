import type { FarmConfig } from '#shared/config.ts';

/** What an episode runs with: farm.yml's `control`, or what `POST /episodes` puts in its place. */
export type EpisodeSettings = FarmConfig['control'];
