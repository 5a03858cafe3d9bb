import { UnreadableRecord, type Producer, type RawRecord } from '@libs/domain';
import { headerText } from '../stream/record-origin';

/** Header of a lineage record that was posted with an API key: the id of that key. */
export const PRODUCER_KEY_ID = 'producer-key-id';

const KEY_ID = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Whose a lineage record is; nobody's where a producer wrote the topic itself and names none.
 *
 * @throws UnreadableRecord `missing_header` — a record whose owner cannot be told must not become somebody else's
 */
export function readProducer(record: RawRecord): Producer {
  if (record.headers[PRODUCER_KEY_ID] === undefined) return { keyId: null };
  const keyId = headerText(record, PRODUCER_KEY_ID);
  if (keyId !== undefined && KEY_ID.test(keyId)) return { keyId };
  throw new UnreadableRecord('missing_header', `${PRODUCER_KEY_ID} must name one API key id`);
}
