import { randomUUID } from 'node:crypto';
import {
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { localS3Client } from './s3-client';

/** Resolves when an object was written, read back, listed and removed. */
export async function probeS3(endpoint: string): Promise<void> {
  await withClient(endpoint, async (client) => {
    const Bucket = `stack-readiness-${randomUUID()}`;
    const object = { Bucket, Key: 'probe' };
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ ...object, Body: Bucket }));
    const { Body } = await client.send(new GetObjectCommand(object));
    if ((await Body?.transformToString()) !== Bucket) throw new Error('an object written reads otherwise');
    const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket }));
    if (KeyCount !== 1) throw new Error('an object written is not listed');
    await client.send(new DeleteObjectCommand(object));
    await client.send(new DeleteBucketCommand({ Bucket }));
  });
}

/** Makes the bucket unless it is there. */
export async function ensureBucket(endpoint: string, bucket: string): Promise<void> {
  await withClient(endpoint, async (client) => {
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    } catch (error) {
      const isThere = error instanceof BucketAlreadyOwnedByYou || error instanceof BucketAlreadyExists;
      if (!isThere) throw error;
    }
  });
}

async function withClient(endpoint: string, work: (client: S3Client) => Promise<void>): Promise<void> {
  const client = localS3Client(endpoint);
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}
