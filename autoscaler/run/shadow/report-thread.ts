import { serveThread } from '../parallel/thread.ts';
import { shadowReport, type ShadowJob } from './shadow-report.ts';

/** A worker thread that replays (make-report.ts). */
serveThread((job: ShadowJob) => shadowReport(job));
