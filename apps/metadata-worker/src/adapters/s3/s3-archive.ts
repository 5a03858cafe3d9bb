import { HeadObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Archive, ArchiveUnavailable, type ArchiveObject, type Tenure } from '@libs/domain';

export interface S3Settings {
  readonly bucket: string;
  /** Undefined for Amazon's own. */
  readonly endpoint: string | undefined;
  /** Undefined where the SDK is to find it. */
  readonly region: string | undefined;
}

const ATTEMPT_TIMEOUT_MS = 60_000;
const CONNECTION_TIMEOUT_MS = 3_000;
const PRECONDITION_FAILED = 412;

/**
 * Objects of one S3 bucket. Each is put on the condition that it is as it was found: the late request of a worker
 * that was evicted in the middle of it cannot replace what its successor stored.
 */
export class S3Archive extends Archive {
  private readonly client: S3Client;

  constructor(
    private readonly settings: S3Settings,
    private readonly attemptTimeoutMs = ATTEMPT_TIMEOUT_MS,
  ) {
    super();
    const { endpoint, region } = settings;
    this.client = new S3Client({
      ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
      ...(region !== undefined && { region }),
      maxAttempts: 1, // the caller tries again, and says so
      // Many S3 look-alikes refuse the SDK's own checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS },
    });
  }

  async store(object: ArchiveObject, tenure: Tenure): Promise<void> {
    try {
      await this.put(object, tenure);
    } catch (cause) {
      throw new ArchiveUnavailable(object.name, { cause });
    }
  }

  private async put({ name, content }: ArchiveObject, tenure: Tenure): Promise<void> {
    const place = { Bucket: this.settings.bucket, Key: name };
    const object = { ...place, Body: content };
    const abortSignal = AbortSignal.any([tenure.signal, AbortSignal.timeout(this.attemptTimeoutMs)]);
    try {
      await this.client.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }), { abortSignal });
    } catch (error) {
      if (!isThere(error)) throw error;
      const { ETag } = await this.client.send(new HeadObjectCommand(place), { abortSignal });
      // Only what was found while the tenure held may be replaced.
      if (!tenure.holds) throw new Error('the tenure ended', { cause: error });
      await this.client.send(new PutObjectCommand({ ...object, IfMatch: ETag }), { abortSignal });
    }
  }
}

function isThere(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === PRECONDITION_FAILED;
}
