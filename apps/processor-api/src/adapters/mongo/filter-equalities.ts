import type { mongo } from 'mongoose';
import type { MetadataFilter } from '@libs/domain';
import type { StoredMetadataDocument } from './stored-metadata.document';

/** What a filter asks to be equal; its range of time is for whoever knows how to bound it. */
export function equalities({ model, deviceName, tag }: MetadataFilter): mongo.Filter<StoredMetadataDocument> {
  return {
    ...(model !== undefined && { model }),
    ...(deviceName !== undefined && { 'gpu.deviceName': deviceName }),
    ...(tag !== undefined && { tags: tag }),
  };
}
