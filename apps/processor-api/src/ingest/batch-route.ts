import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InvalidJson } from '@libs/contracts';
import { Clock, IngestMetadata, PipelineError } from '@libs/domain';
import { BodyReader } from '../http/body/body-reader';
import { JSON_TYPE, mediaTypeOf, NDJSON_TYPES, unsupportedMediaType } from '../http/body/content-headers';
import { JsonArraySplitter } from '../http/body/json-array-splitter';
import { NdjsonSplitter } from '../http/body/ndjson-splitter';
import type { RecordSplitter, SplitRecord } from '../http/body/record-splitter';
import type { Answer, RecordRoute } from '../http/record-server';
import { ProblemFilter } from '../http/problems/problem.filter';
import type { RequestInfo } from '../http/request-info';
import { BatchIngest } from './batch-ingest';
import { publishContextOf, RECORD_PATHS } from './record-routes';

/** How long the records of one batch may keep other requests waiting: checking a thousand takes far longer. */
const TURN_MS = 5;

/** Accepts up to a thousand events, each for itself, while their batch is read. */
@Injectable()
export class BatchRoute implements RecordRoute {
  readonly paths = RECORD_PATHS.batch;
  readonly access = 'ingest';

  constructor(
    private readonly reader: BodyReader,
    private readonly ingest: IngestMetadata,
    private readonly clock: Clock,
    private readonly problems: ProblemFilter,
  ) {}

  /** One result for each record, in order, also for a line that is no JSON; what ends the batch early is the last. */
  async answer(request: RequestInfo): Promise<Answer> {
    const splitter = splitterOf(request, this.reader.limits.maxBytes);
    if (request.headers['idempotency-key'] !== undefined) {
      throw new PipelineError('event_id_on_batch', 'give each record an eventId in place of Idempotency-Key');
    }
    const { ingest, clock, problems } = this;
    const { id: requestId, caller } = request;
    const context = publishContextOf(request);
    const batch = new BatchIngest({ ingest, clock, problems }, { requestId, caller, context });
    const results = await batch.finish(await this.feed(batch, request, splitter));
    const refused = results.filter(({ status }) => status !== 202);
    request.outcome.records = { accepted: results.length - refused.length, refused: refused.length };
    const waits = refused.flatMap(({ retryAfter }) => retryAfter ?? []);
    return {
      status: refused.length === 0 ? 202 : 207,
      headers: {
        ...(waits.length > 0 && { 'retry-after': String(Math.max(...waits)) }),
        // The rest of a body that stopped can no longer be told from a next request.
        ...(refused.at(-1)?.status === 408 && { connection: 'close' }),
      },
      body: { results },
    };
  }

  /** Answers what ended the batch early. */
  private async feed(
    batch: BatchIngest,
    request: RequestInfo,
    splitter: RecordSplitter,
  ): Promise<Error | undefined> {
    try {
      await this.reader.readPieces(request.raw, this.reader.limits.maxBatchBytes, {
        take: (piece) => takeAll(splitter, splitter.split(piece), batch),
        heldBytes: () => splitter.heldBytes,
      });
      await takeAll(splitter, splitter.finish(), batch);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
}

async function takeAll(
  splitter: RecordSplitter,
  records: Iterable<SplitRecord>,
  batch: BatchIngest,
): Promise<void> {
  let turnEndsAt = performance.now() + TURN_MS;
  for (const record of records) {
    try {
      await batch.take(record);
    } catch (error) {
      if (!(error instanceof InvalidJson)) throw error;
      const fault = error.within(splitter.recordStart);
      if (!splitter.continuesAfterFaults) throw fault;
      batch.refuse(fault);
    }
    if (performance.now() < turnEndsAt) continue;
    await nextTurn();
    turnEndsAt = performance.now() + TURN_MS;
  }
}

/** @throws PipelineError `unsupported_media_type` */
function splitterOf({ headers }: RequestInfo, maxRecordBytes: number): RecordSplitter {
  const mediaType = mediaTypeOf(headers['content-type']);
  if (mediaType === JSON_TYPE) return new JsonArraySplitter(maxRecordBytes);
  if (NDJSON_TYPES.includes(mediaType)) return new NdjsonSplitter(maxRecordBytes);
  throw unsupportedMediaType(`${JSON_TYPE} or ${NDJSON_TYPES[0]}`);
}
