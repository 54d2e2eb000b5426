import { expect, test } from 'vitest';
import { pageOpener } from '../../../cli/farm/open-page.ts';

test.each([
  ['a desktop on X', { DISPLAY: ':0' }, 'linux', 'xdg-open'],
  ['a desktop on Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', 'xdg-open'],
  ['a Mac', {}, 'darwin', 'open'],
  ['a server', {}, 'linux', null],
  ['a desktop seen through ssh', { DISPLAY: ':10', SSH_CONNECTION: '10.0.0.1 5 10.0.0.2 22' }, 'linux', null],
  ['a build server', { DISPLAY: ':99', CI: 'true' }, 'linux', null],
  ['somebody who wants none', { DISPLAY: ':0', BROWSER: 'none' }, 'linux', null],
  ['a system that is not known', {}, 'aix', null],
] as const)('%s: %o on %s', (_case, environment, platform, opener) => {
  expect(pageOpener(environment, platform)).toBe(opener);
});
