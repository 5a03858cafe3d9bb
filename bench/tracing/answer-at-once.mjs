// Preloaded into the built API by tracing-off.ts: Kafka answers at once, and BENCH_SEAM=none takes tracing out.
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);
const api = '../../dist/processor-api/apps/processor-api/src';
const position = Promise.resolve({ topic: 'gpu-metadata', partition: 0, offset: 0n });
load(`${api}/adapters/kafka/kafka-publishers.js`).KafkaEventPublisher.prototype.publish = () => position;
if (process.env.BENCH_SEAM === 'none') {
  const { prototype } = load(`${api}/http/request-spans.js`).RequestSpans;
  prototype.start = prototype.end = () => undefined;
}

process.on('exit', () => {
  const isSdk = (file) => /@opentelemetry\/(sdk|exporter|otlp|resources|core)/.test(file);
  process.stderr.write(`sdk-files=${Object.keys(load.cache).filter(isSdk).length}\n`);
});
