import { expect, test } from 'vitest';
import { imageBasename } from '../../../local/gateway/launch.ts';

test.each([
  ['worker', 'worker'],
  ['worker:latest', 'worker'],
  ['ghcr.io/team/worker:1.2', 'worker'],
  ['localhost:5001/worker', 'worker'],
  ['localhost:5001/team/worker:1@sha256:0123abcd', 'worker'],
  ['ghcr.io/team/worker-2', 'worker-2'],
  ['', ''],
  ['ghcr.io/team/', ''],
])('the image %j is built from %j', (image, basename) => {
  expect(imageBasename(image)).toBe(basename);
});
