import { Allow } from 'class-validator';
import {
  GPU_BACKENDS,
  isEventId,
  SOURCE_KINDS,
  type AttributeValue,
  type GpuBackend,
  type SourceKind,
} from '@libs/domain';
import { Integer, Items, Nested, OneOf, Optional, Text, TextLike, Timestamp } from '../validation/rules';
import { inspectAttributes, inspectTags } from './collections';
import { DeviceName } from './device-name';
import { LIMITS } from './limits';

const EVENT_ID = 'an RFC 9562 UUID of version 1 to 8';

/** `gpu` of a submission. */
export class GpuDeviceDto {
  @DeviceName()
  deviceName!: string;

  @Optional()
  @OneOf(GPU_BACKENDS)
  backend?: GpuBackend;

  @Optional()
  @Integer(0, LIMITS.memoryBytes)
  totalMemoryBytes?: number;

  @Optional()
  @Integer(0, LIMITS.memoryBytes)
  allocatedMemoryBytes?: number;

  @Optional()
  @Text(0, LIMITS.versionCharacters)
  computeCapability?: string;

  @Optional()
  @Text(0, LIMITS.versionCharacters)
  driverVersion?: string;

  @Optional()
  @Text(0, LIMITS.versionCharacters)
  cudaVersion?: string;

  @Optional()
  @Text(0, LIMITS.versionCharacters)
  hipVersion?: string;

  @Optional()
  @Text(0, LIMITS.versionCharacters)
  torchVersion?: string;
}

/** `source` of a submission. */
export class SourceDto {
  @OneOf(SOURCE_KINDS)
  kind!: SourceKind;

  @Optional()
  @Text(0, LIMITS.uriCharacters)
  uri?: string;

  @Optional()
  @Text(0, LIMITS.nameCharacters)
  name?: string;
}

/** The body of POST /v1/metadata. */
export class SubmissionDto {
  /** Of any type here: the vector is read in one loop (embedding.ts). */
  @Allow()
  embedding?: unknown;

  @Optional()
  @TextLike(isEventId, EVENT_ID)
  eventId?: string;

  @Text(1, LIMITS.modelCharacters)
  model!: string;

  @Nested(GpuDeviceDto)
  gpu!: GpuDeviceDto;

  @Timestamp()
  capturedAt!: string;

  @Optional()
  @Nested(SourceDto)
  source?: SourceDto;

  @Optional()
  @Items(inspectTags)
  tags?: string[];

  @Optional()
  @Items(inspectAttributes)
  attributes?: Record<string, AttributeValue | null>;
}
