import { Counter, Gauge, type Registry } from 'prom-client';
import type { Autoscaler } from '../loop/autoscaler.ts';
import { nameObservation } from '../observation.ts';

/** Adds the autoscaler's figures to the process's registry. They are read when they are scraped. */
export function addMetrics(registry: Registry, autoscaler: Autoscaler): void {
  const registers = [registry];
  new Gauge({
    name: 'farmhand_autoscaler_observation',
    help: 'The nine numbers of the last observation, in the units of docs/control-loop.md.',
    labelNames: ['name'],
    registers,
    collect() {
      const observation = autoscaler.knowledge.lastSeen?.sighting.observation;
      if (observation === undefined) return;
      for (const [name, value] of Object.entries(nameObservation(observation))) this.set({ name }, value);
    },
  });
  new Gauge({
    name: 'farmhand_autoscaler_workers',
    help: 'Worker replicas: desired (asked for), granted by the platform, ready, and active (starting and draining included).',
    labelNames: ['kind'],
    registers,
    collect() {
      const replicas = autoscaler.knowledge.lastSeen?.replicas;
      if (replicas === undefined) return;
      for (const kind of ['desired', 'granted', 'ready', 'active'] as const) this.set({ kind }, replicas[kind]);
    },
  });
  new Counter({
    name: 'farmhand_autoscaler_decisions_total',
    help: 'Decisions that have ended, by outcome.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(autoscaler.knowledge.outcomes)) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: 'farmhand_autoscaler_leads',
    help: '1 while this process decides, 0 while it only watches.',
    registers,
    collect() {
      this.set(autoscaler.leads ? 1 : 0);
    },
  });
}
