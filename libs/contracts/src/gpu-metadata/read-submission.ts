import {
  isEventId,
  type AttributeValue,
  type GpuDevice,
  type GpuMetadata,
  type MetadataSubmission,
  type Source,
} from '@libs/domain';
import { parseBody, type BodyContext } from '../validation/body';
import { validateDto } from '../validation/dto-validator';
import { checkIdempotencyKey, readIdempotencyKey } from '../validation/idempotency-key';
import { parseTimestamp } from '../validation/timestamp';
import { expectObject, Violations, type Report } from '../validation/violations';
import { readPackedEmbedding } from './embedding';
import { parseEmbeddingDocument } from './embedding-document';
import { LIMITS } from './limits';
import { SubmissionDto, type GpuDeviceDto, type SourceDto } from './submission.dto';

/**
 * Reads the body of a submission, checks it and normalizes it: eventId in lower case, times to UTC milliseconds, defaults
 * filled in, the embedding packed. All faults are reported together. The text of an embedding that came packed stays
 * where it lies in `bytes`, which must not change any more.
 *
 * @throws InvalidMetadata, InvalidJson; PipelineError `invalid_encoding`, `nesting_too_deep`, `invalid_msgpack`
 */
export function readSubmission(bytes: Buffer, context: BodyContext): MetadataSubmission {
  return parseSubmission(parseBody(bytes, context.format, parseEmbeddingDocument), context);
}

/** The same of a document that was parsed. @throws InvalidMetadata */
export function parseSubmission(body: unknown, context: Omit<BodyContext, 'format'>): MetadataSubmission {
  const violations = new Violations();
  const key = readIdempotencyKey(context.idempotencyKey, '/eventId', violations);
  expectObject(body, violations);
  const submission = checkSubmission(
    { dto: SubmissionDto, embedding: readPackedEmbedding },
    body,
    context.now,
    violations,
  );
  const eventId = eventIdOf(submission.dto);
  checkIdempotencyKey({ key, named: eventId }, '/eventId', violations);
  violations.throwIfAny();
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
export function checkSubmission<Dto extends SubmissionDto, Embedding>(
  readers: SubmissionReaders<Dto, Embedding>,
  body: Record<string, unknown>,
  clock: Date,
  violations: Violations,
): CheckedSubmission<Dto, Embedding> {
  const dto = validateDto(readers.dto, body, violations);
  const embedding = readers.embedding(body.embedding, '/embedding', violations.add);
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
      attributes: knownAttributes(dto.attributes),
    }),
  };
}

/** The body's eventId in lower case; undefined where it is missing or was refused. */
function eventIdOf({ eventId }: { eventId?: unknown }): string | undefined {
  return typeof eventId === 'string' && isEventId(eventId) ? eventId.toLowerCase() : undefined;
}

function normalizeGpu(gpu: GpuDeviceDto): GpuDevice {
  return {
    deviceName: gpu.deviceName,
    backend: gpu.backend ?? null,
    totalMemoryBytes: gpu.totalMemoryBytes ?? null,
    allocatedMemoryBytes: gpu.allocatedMemoryBytes ?? null,
    computeCapability: gpu.computeCapability ?? null,
    driverVersion: gpu.driverVersion ?? null,
    cudaVersion: gpu.cudaVersion ?? null,
    hipVersion: gpu.hipVersion ?? null,
    torchVersion: gpu.torchVersion ?? null,
  };
}

/** A tracker writes null for a value that it does not know. */
function knownAttributes(sent: SubmissionDto['attributes'] = {}): GpuMetadata['attributes'] {
  if (areKnown(sent)) return sent;
  const entries = Object.entries(sent);
  return Object.fromEntries(entries.filter((entry): entry is [string, AttributeValue] => entry[1] !== null));
}

function areKnown(sent: Readonly<Record<string, AttributeValue | null>>): sent is GpuMetadata['attributes'] {
  return !Object.values(sent).includes(null);
}

function normalizeSource({ kind, uri, name }: SourceDto): Source {
  return { kind, ...(uri !== undefined && { uri }), ...(name !== undefined && { name }) };
}
