import { Allow } from 'class-validator';
import { isEventId, SOURCE_KINDS, type AttributeValue, type SourceKind } from '@libs/domain';
import {
  Integer,
  Items,
  Nested,
  Nullable,
  OneOf,
  Optional,
  Text,
  TextLike,
  Timestamp,
} from '../validation/rules';
import { inspectAttributes, inspectTags } from './collections';
import { DeviceName } from './device-name';
import { LIMITS } from './limits';

const EVENT_ID = 'an RFC 9562 UUID of version 1 to 8';

/** `gpu` of a submission. */
export class GpuDeviceDto {
  @DeviceName()
  deviceName!: string;

  @Nullable()
  @Integer(0, LIMITS.memoryBytes)
  totalMemoryBytes?: number | null;

  @Nullable()
  @Integer(0, LIMITS.memoryBytes)
  allocatedMemoryBytes?: number | null;

  @Nullable()
  @Text(0, LIMITS.versionCharacters)
  computeCapability?: string | null;

  @Nullable()
  @Text(0, LIMITS.versionCharacters)
  cudaVersion?: string | null;

  @Nullable()
  @Text(0, LIMITS.versionCharacters)
  torchVersion?: string | null;
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
  attributes?: Record<string, AttributeValue>;
}
