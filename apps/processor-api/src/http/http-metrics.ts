import { Gauge, type Histogram } from 'prom-client';

export const HTTP_DURATION_METRIC = {
  name: 'http_request_duration_seconds',
  help: 'Time from the first byte of a request to the last of its answer',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

const KNOWN_METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Request durations by route pattern: the count of label values does not grow with what clients ask for. */
export class HttpMetrics {
  constructor(
    private readonly durations: Histogram,
    connections: { readonly count: number },
  ) {
    new Gauge({
      name: 'http_open_connections',
      help: 'Connections of clients, in use or not',
      collect(this: Gauge) {
        this.set(connections.count);
      },
    });
  }

  observe(request: { method: string; route: string | undefined }, status: number, seconds: number): void {
    const method = KNOWN_METHODS.includes(request.method) ? request.method : 'other';
    this.durations.observe({ method, route: request.route ?? 'none', status }, seconds);
  }
}
