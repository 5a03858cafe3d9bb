import { S3Client } from '@aws-sdk/client-s3';

/** What our object store is called with; it accepts any, but the SDK sends nothing without. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local-secret' };
export const localRegion = 'us-east-1';

/** A client of an object store on this machine. */
export function localS3Client(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: localRegion,
    credentials: localCredentials,
    forcePathStyle: true,
    maxAttempts: 1,
    // S3Proxy answers NotImplemented to the SDK's own checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
  });
}
