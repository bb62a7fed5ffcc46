import { collectDefaultMetrics, Registry } from 'prom-client';

/** What `/metrics` shows. Counters and gauges of every part register here. */
export const metrics = new Registry();

collectDefaultMetrics({ register: metrics, prefix: 'otklik_' });
