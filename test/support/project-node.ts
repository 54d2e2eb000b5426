import { join } from 'node:path';

/** The project's own Node, which runs TypeScript as it is, whichever Node runs the tests. */
export const projectNode = join(import.meta.dirname, '../../node_modules/node/bin/node');
