import {
  isEventId,
  type GpuDevice,
  type GpuMetadata,
  type MetadataSubmission,
  type Source,
} from '@libs/domain';
import { validateDto } from '../validation/dto-validator';
import { checkIdempotencyKey, readIdempotencyKey, type IdempotencyKey } from '../validation/idempotency-key';
import { parseTimestamp } from '../validation/timestamp';
import { isJsonObject, shapeOf, Violations, type Report } from '../validation/violations';
import { readPackedEmbedding } from './embedding';
import { LIMITS } from './limits';
import { SubmissionDto, type GpuDeviceDto, type SourceDto } from './submission.dto';

export interface SubmissionContext {
  readonly now: Date;
  readonly idempotencyKey?: IdempotencyKey | undefined;
}

/**
 * Checks a submission as `parseJsonDocument` or `parseMsgpackDocument` read it, and normalizes it: eventId in lower
 * case, times to UTC milliseconds, defaults filled in, the embedding packed. All faults are reported together.
 *
 * @throws InvalidMetadata
 */
export function parseSubmission(body: unknown, context: SubmissionContext): MetadataSubmission {
  const violations = new Violations();
  const key = readIdempotencyKey(context.idempotencyKey, '/eventId', violations);
  const submission = readSubmission(
    { dto: SubmissionDto, embedding: readPackedEmbedding },
    body,
    context.now,
    violations,
  );
  const eventId = submission && eventIdOf(submission.dto);
  checkIdempotencyKey({ key, named: eventId }, '/eventId', violations);
  violations.throwIfAny();
  if (!submission) throw new Error('a body that is no object was reported');
  return { ...submission.normalize(), eventId: eventId ?? key ?? null };
}

/** A checked body; `normalize` may be called once no violation was reported. */
export interface CheckedSubmission<Dto, Embedding> {
  readonly dto: Dto;
  readonly normalize: () => Omit<GpuMetadata<Embedding>, 'eventId'>;
}

/** How a body is read: by the rules of its DTO, and into which form of an embedding. */
export interface SubmissionReaders<Dto, Embedding> {
  readonly dto: new () => Dto;
  readonly embedding: (value: unknown, pointer: string, report: Report) => Embedding | undefined;
}

/** The part that bodies and records share: DTO rules, vector, and the rules that span fields. */
export function readSubmission<Dto extends SubmissionDto, Embedding>(
  readers: SubmissionReaders<Dto, Embedding>,
  body: unknown,
  clock: Date,
  violations: Violations,
): CheckedSubmission<Dto, Embedding> | undefined {
  if (!isJsonObject(body)) {
    violations.add('', 'wrong_type', `must be an object; got ${shapeOf(body)}`);
    return undefined;
  }
  const dto = validateDto(readers.dto, body, violations);
  const embedding = readers.embedding(body.embedding, '/embedding', violations.add);
  checkMemory(dto.gpu, violations);
  const capturedAt = typeof dto.capturedAt === 'string' ? parseTimestamp(dto.capturedAt) : undefined;
  if (capturedAt && capturedAt.getTime() > clock.getTime() + LIMITS.capturedAheadMs) {
    violations.add('/capturedAt', 'in_future', 'must be at most 24 hours ahead of the clock');
  }
  return {
    dto,
    normalize: () => ({
      model: dto.model,
      embedding: embedding!,
      gpu: normalizeGpu(dto.gpu),
      capturedAt: capturedAt!,
      ...(dto.source && { source: normalizeSource(dto.source) }),
      tags: dto.tags ?? [],
      attributes: dto.attributes ?? {},
    }),
  };
}

/** The body's eventId in lower case; undefined where it is missing or was refused. */
function eventIdOf({ eventId }: { eventId?: unknown }): string | undefined {
  return typeof eventId === 'string' && isEventId(eventId) ? eventId.toLowerCase() : undefined;
}

/** The fields may still be of any type here: only two sound numbers can disagree. */
function checkMemory(gpu: unknown, violations: Violations): void {
  if (!isJsonObject(gpu)) return;
  const { allocatedMemoryBytes: allocated, totalMemoryBytes: total } = gpu;
  if (!Number.isSafeInteger(allocated) || !Number.isSafeInteger(total)) return;
  if ((allocated as number) > (total as number)) {
    violations.add('/gpu/allocatedMemoryBytes', 'exceeds_total', 'must be at most totalMemoryBytes');
  }
}

function normalizeGpu(gpu: GpuDeviceDto): GpuDevice {
  return {
    deviceName: gpu.deviceName,
    totalMemoryBytes: gpu.totalMemoryBytes ?? null,
    allocatedMemoryBytes: gpu.allocatedMemoryBytes ?? null,
    computeCapability: gpu.computeCapability ?? null,
    cudaVersion: gpu.cudaVersion ?? null,
    torchVersion: gpu.torchVersion ?? null,
  };
}

function normalizeSource({ kind, uri, name }: SourceDto): Source {
  return { kind, ...(uri !== undefined && { uri }), ...(name !== undefined && { name }) };
}
