import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { bytesOf, fieldsOf, textOf } from './protobuf';

export interface CollectedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty where the trace begins. */
  readonly parentId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** A collector that takes traces over OTLP (HTTP, protobuf) and keeps what came. */
export class OtlpCollector {
  readonly spans: CollectedSpan[] = [];
  /** Headers of the last request. */
  headers: NodeJS.Dict<string | string[]> = {};
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      this.headers = request.headers;
      void buffer(request).then((body) => {
        if (request.url === '/v1/traces') this.spans.push(...spansOf(body));
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
  }

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    await new Promise<void>((resolve) => collector.server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** ExportTraceServiceRequest: https://github.com/open-telemetry/opentelemetry-proto, trace/v1/trace.proto */
function spansOf(body: Buffer): CollectedSpan[] {
  return fieldsOf(body, 1).flatMap((resourceSpans) => {
    const [resource] = fieldsOf(bytesOf(resourceSpans), 1);
    const service = String(attributesOf(bytesOf(resource), 1)['service.name']);
    return fieldsOf(bytesOf(resourceSpans), 2).flatMap((scopeSpans) =>
      fieldsOf(bytesOf(scopeSpans), 2).map((span) => toSpan(service, bytesOf(span))),
    );
  });
}

function toSpan(service: string, span: Buffer): CollectedSpan {
  const hex = (field: number): string => bytesOf(fieldsOf(span, field)[0]).toString('hex');
  return {
    service,
    traceId: hex(1),
    spanId: hex(2),
    parentId: hex(4),
    name: textOf(fieldsOf(span, 5)[0]),
    attributes: attributesOf(span, 9),
  };
}

/** KeyValue entries whose values are strings or integers. */
function attributesOf(message: Buffer, field: number): Record<string, string | number> {
  const entries = fieldsOf(message, field).map((entry) => {
    const value = bytesOf(fieldsOf(bytesOf(entry), 2)[0]);
    const [text] = fieldsOf(value, 1);
    const [integer] = fieldsOf(value, 3);
    return [textOf(fieldsOf(bytesOf(entry), 1)[0]), text === undefined ? Number(integer) : textOf(text)];
  });
  return Object.fromEntries(entries) as Record<string, string | number>;
}
