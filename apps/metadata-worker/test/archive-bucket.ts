import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { silentProgress } from '../../../tools/stack/progress';
import { pythonEnvironment } from '../../../tools/stack/programs';
import { localCredentials, localS3Client } from '../../../tools/stack/s3-client';
import { ensureBucket } from '../../../tools/stack/s3-readiness';
import { stackSettings } from '../../../tools/stack/stack-settings';
import { ownName, s3Endpoint } from '@libs/testing/test-stack';

const readerFolder = join(__dirname, 'archive-reader');
/** Its queries are run. */
const archivePage = join(__dirname, '../../../docs/archive.md');

export interface RawRow {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: string;
  readonly key: string | null;
  readonly keyBase64: string | null;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly headersBase64: Readonly<Record<string, readonly string[]>> | null;
  readonly valueBase64: string | null;
}

export interface EnrichedRow extends Readonly<Record<string, unknown>> {
  readonly partition: number;
  readonly offset: number;
  readonly eventId: string;
  readonly embeddingObject: string;
  readonly embeddingRow: number;
  /** The bytes NumPy found, as base64. */
  readonly vector: string;
}

/** What the documented view shows. */
export interface ArchiveView {
  readonly raw: readonly RawRow[];
  readonly enriched: readonly EnrichedRow[];
}

/** A bucket of its own in the stack's object store, as its readers see it. */
export class ArchiveBucket {
  private readonly client: S3Client = localS3Client(s3Endpoint);
  private constructor(readonly name: string) {}

  static async make(): Promise<ArchiveBucket> {
    const bucket = new ArchiveBucket(ownName('archive'));
    await ensureBucket(s3Endpoint, bucket.name);
    return bucket;
  }

  /** What a process needs to archive into it. */
  get env(): NodeJS.ProcessEnv {
    return {
      ARCHIVE_BUCKET: this.name,
      S3_ENDPOINT: s3Endpoint,
      AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    };
  }

  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const page of paginateListObjectsV2({ client: this.client }, { Bucket: this.name })) {
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    }
    return keys.sort();
  }

  async content(key: string): Promise<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
    return Buffer.from(await Body!.transformToByteArray());
  }

  /** Copies every object and reads the copy with DuckDB and NumPy. */
  async view(): Promise<ArchiveView> {
    const copy = mkdtempSync(join(tmpdir(), 'archive-copy-'));
    try {
      for (const key of await this.keys()) {
        mkdirSync(dirname(join(copy, key)), { recursive: true });
        writeFileSync(join(copy, key), await this.content(key));
      }
      const python = join(await readerEnvironment(), 'bin', 'python3');
      const args = ['-I', join(readerFolder, 'read_archive.py'), copy, archivePage];
      const { stdout } = await promisify(execFile)(python, args, { maxBuffer: 2 ** 28 });
      return JSON.parse(stdout) as ArchiveView;
    } finally {
      rmSync(copy, { recursive: true });
    }
  }

  close(): void {
    this.client.destroy();
  }
}

function readerEnvironment(): Promise<string> {
  const requirements = join(readerFolder, 'requirements.txt');
  const packages = { name: 'archive-reader', label: 'Fetching DuckDB and NumPy (pip)', requirements };
  return pythonEnvironment(packages, stackSettings(), silentProgress);
}
