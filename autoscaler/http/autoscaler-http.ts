import type { FastifyInstance } from 'fastify';
import type { Clock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config-schema.ts';
import type { Logger } from '#shared/log.ts';
import type { Autoscaler } from '../loop/autoscaler.ts';
import type { DecisionHistory } from '../loop/decision-history.ts';
import type { ModelStore } from '../model-store/model-store.ts';
import type { PolicyShelf } from '../model-store/policy-shelf.ts';
import type { RunService } from '../run/service/run-service.ts';
import { addRoutes, type Authorise } from './add-routes.ts';
import { EventStreams } from './events/event-streams.ts';
import { FarmEvents } from './events/farm-events.ts';
import type { HttpRoute } from './route.ts';
import { documentRoutes } from './routes/document-routes.ts';
import { episodeRoutes } from './routes/episode-routes.ts';
import { eventRoutes } from './routes/event-routes.ts';
import { modelRoutes } from './routes/model-routes.ts';
import { policyRoutes } from './routes/policy-routes.ts';
import { runRoutes } from './routes/run-routes.ts';
import { statusRoutes } from './routes/status-routes.ts';
import { ShadowReports, type ShadowReportsParts } from './shadow-reports.ts';

export interface AutoscalerHttpParts {
  readonly autoscaler: Autoscaler;
  readonly history: Pick<DecisionHistory, 'last'>;
  readonly policies: Pick<PolicyShelf, 'models'>;
  readonly models: ModelStore;
  readonly runs: RunService;
  readonly makeShadowReport: ShadowReportsParts['make'];
  readonly config: Pick<FarmConfig, 'control' | 'workload'>;
  readonly authorise: Authorise;
  /** Null: ready; else why not. */
  readonly whyNotReady: () => string | null;
  /** Unique to this process. */
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Everything that the autoscaler answers to but its page. */
export class AutoscalerHttp {
  readonly #routes: readonly HttpRoute[];
  readonly #authorise: Authorise;
  readonly #streams: EventStreams;
  readonly #events: FarmEvents;
  readonly #shadows: ShadowReports;

  constructor(parts: AutoscalerHttpParts) {
    const { instance, clock, makeShadowReport, config } = parts;
    const boot = `${instance}-${Math.round(clock.farmTime())}`;
    this.#authorise = parts.authorise;
    this.#streams = new EventStreams(parts);
    this.#events = new FarmEvents({ ...parts, boot });
    this.#shadows = new ShadowReports({ ...parts, make: makeShadowReport });
    const described = [
      ...statusRoutes(parts),
      ...episodeRoutes({ ...parts, control: config.control }),
      ...policyRoutes({ ...parts, shadows: this.#shadows }),
      ...runRoutes({ ...parts, streams: this.#streams }),
      ...modelRoutes(parts),
      ...eventRoutes({ streams: this.#streams, events: this.#events }),
    ];
    this.#routes = [...described, ...documentRoutes(described.map(({ contract }) => contract))];
  }

  /** Its routes, as they were described. */
  get routes(): readonly HttpRoute[] {
    return this.#routes;
  }

  addTo(app: FastifyInstance): void {
    addRoutes(app, this.#routes, { authorise: this.#authorise });
  }

  /** Ends event streams and replays; its other routes go on answering. Idempotent. */
  close(): void {
    this.#streams.close();
    this.#events.close();
    this.#shadows.close();
  }
}
