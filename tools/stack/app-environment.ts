import { localCredentials, localRegion } from './s3-client';
import { stackAddresses } from './stack-addresses';
import type { AppName, StackSettings } from './stack-settings';

/** The environment of an app: ours for what the stack decides, the caller's for everything else. */
export function appEnvironment(name: AppName, settings: StackSettings): NodeJS.ProcessEnv {
  const { kafkaBrokers, mongodbUri, s3Endpoint } = stackAddresses(settings);
  return {
    KAFKA_TOPIC_CREATE: 'true',
    READ_MONGODB_URI: mongodbUri,
    ...(readsOurDatabase(settings) && { READ_DATABASE_KIND: 'embedded' }),
    ...settings.env,
    STACK_DIR: settings.stackDir,
    KAFKA_BROKERS: kafkaBrokers,
    MONGODB_URI: mongodbUri,
    ...archiveEnvironment(settings, s3Endpoint),
    PORT: String(settings.ports[name]),
  };
}

/** The embedded database is asked in another way than MongoDB. */
function readsOurDatabase({ env, externalMongodbUri }: StackSettings): boolean {
  return externalMongodbUri === undefined && (env.READ_MONGODB_URI ?? '') === '';
}

/** The archive is the caller's to switch on; it then goes to our object store unless they brought theirs. */
function archiveEnvironment({ env, externalS3Endpoint }: StackSettings, ours: string): NodeJS.ProcessEnv {
  if ((env.ARCHIVE_BUCKET ?? '') === '' || externalS3Endpoint !== undefined) return {};
  return {
    S3_ENDPOINT: ours,
    AWS_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  };
}
