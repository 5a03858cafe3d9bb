import { setImmediate as nextTurn } from 'node:timers/promises';
import { InvalidJson } from '@libs/contracts';
import { PipelineError, type Clock, type IngestMetadata } from '@libs/domain';
import type { Logger } from '@libs/platform';
import type { BodyBudget } from '../http/body/body-budget';
import { JsonArraySplitter } from '../http/body/json-array-splitter';
import { JSON_TYPE, NDJSON_TYPES, unsupportedMediaType } from '../http/body/media-type';
import { NdjsonSplitter } from '../http/body/ndjson-splitter';
import { takePieces } from '../http/body/pieces';
import type { RecordSplitter, SplitRecord } from '../http/body/record-splitter';
import type { Exchange } from '../http/exchange';
import type { BatchResult } from './batch-result';
import { OpenBatch } from './open-batch';
import { publishContextOf } from './request-context';

/** How long the records of one batch may keep other requests waiting: checking a thousand takes far longer. */
const TURN_MS = 5;

export interface BatchLimits {
  /** Of one record. */
  readonly maxBytes: number;
  /** Of the whole batch, as it comes and as it expands. */
  readonly maxBatchBytes: number;
  readonly idleTimeoutMs: number;
}

/** Reads the records of a request as they come, and accepts each before it reads on. */
export class BatchReader {
  constructor(
    private readonly settings: { readonly limits: BatchLimits; readonly budget: BodyBudget },
    private readonly accepting: { readonly ingest: IngestMetadata; readonly clock: Clock },
    private readonly logger: Logger,
  ) {}

  /**
   * One result for each record, in order, also for a line that is no JSON; what ends the batch early is the last.
   *
   * @throws PipelineError `unsupported_media_type`, `event_id_on_batch`; what ended the batch, where nothing had been
   *   published; InvalidMetadata for a batch without records
   */
  async read(exchange: Exchange): Promise<readonly BatchResult[]> {
    const { ingest, clock } = this.accepting;
    const splitter = splitterOf(exchange, this.settings.limits.maxBytes);
    if (exchange.headers['idempotency-key'] !== undefined) {
      throw new PipelineError('event_id_on_batch', 'give each record an eventId in place of Idempotency-Key');
    }
    const sender = { caller: exchange.caller, context: publishContextOf(exchange) };
    const batch = new OpenBatch(ingest, clock, sender);
    return batch.finish(await this.faultOf(exchange, splitter, batch));
  }

  /** Feeds the batch; answers what ended it early. */
  private async faultOf(
    { raw: request, id: requestId }: Exchange,
    splitter: RecordSplitter,
    batch: OpenBatch,
  ): Promise<Error | undefined> {
    const { limits, budget } = this.settings;
    const share = budget.open();
    const { onDecoderBytes } = share;
    try {
      const raw = { maxBytes: limits.maxBatchBytes, idleTimeoutMs: limits.idleTimeoutMs, onDecoderBytes };
      await takePieces(request, raw, async (piece) => {
        await takeAll(splitter, splitter.split(piece), batch);
        share.resize(splitter.heldBytes);
      });
      await takeAll(splitter, splitter.finish(), batch);
      return undefined;
    } catch (error) {
      if (!(error instanceof PipelineError)) {
        this.logger.error({ requestId, err: error }, 'unforeseen error');
      }
      return error as Error;
    } finally {
      share.release();
    }
  }
}

async function takeAll(
  splitter: RecordSplitter,
  records: Iterable<SplitRecord>,
  batch: OpenBatch,
): Promise<void> {
  let turnEndsAt = performance.now() + TURN_MS;
  for (const record of records) {
    try {
      await batch.take(record);
    } catch (error) {
      if (!(error instanceof InvalidJson)) throw error;
      const fault = error.within(splitter.recordStart);
      if (!splitter.goesOnBehindFaults) throw fault;
      batch.refuse(fault);
    }
    if (performance.now() < turnEndsAt) continue;
    await nextTurn();
    turnEndsAt = performance.now() + TURN_MS;
  }
}

/** @throws PipelineError `unsupported_media_type` */
function splitterOf({ mediaType }: Exchange, maxRecordBytes: number): RecordSplitter {
  if (mediaType === JSON_TYPE) return new JsonArraySplitter(maxRecordBytes);
  if (NDJSON_TYPES.includes(mediaType)) return new NdjsonSplitter(maxRecordBytes);
  throw unsupportedMediaType(`${JSON_TYPE} or ${NDJSON_TYPES[0]}`);
}
