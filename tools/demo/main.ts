/**
 * Sends embeddings of real photographs through the running system and shows what arrives:
 * photos → ResNet50 → POST /v1/metadata → Kafka → worker → database, each vector compared bit for bit.
 *
 *     npm run -s demo        (after `make up`; `make demo` does both)
 *
 * PROCESSOR_PORT, WORKER_PORT, MONGODB_PORT or MONGODB_URI and MONGODB_DB say where the system is;
 * API_KEY is used in the place of a key that the demo makes and keeps in STACK_DIR; DEMO_INSTALL=yes lets it install torch with apt; DEMO_PHOTOS is how many photos (8).
 */
import { ApiKeyFault } from '../api-key/kept-api-key';
import { table } from '../console/table';
import { difference, unpack } from '../vectors/float32-vector';
import { readConfig, type DemoConfig } from './config';
import { demoApiKey } from './demo-api-key';
import { DemoError } from './demo-error';
import { type Accepted, MetadataClient } from './metadata-client';
import { packedBody, plainBody, type PhotoRecord } from './photo-record';
import { gatherPhotoRecords } from './photo-source';
import { maskCredentials, probe } from './report';
import { COLLECTION, type StoredDocument, StoredDocuments } from './stored-documents';
import { decodeStored, type StoredVector } from './stored-vector';

const STORED_WITHIN_MS = 30_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const records = gather(config);
  const stored = await StoredDocuments.connect(config.mongodbUri, config.database);
  try {
    const eventIds = records.map(({ eventId }) => eventId);
    const before = await stored.count(eventIds);
    const accepted = await send(config, records);

    console.log(`\n3. Waiting for them in ${config.database}.${COLLECTION}`);
    const documents = await stored.arrival(accepted, STORED_WITHIN_MS);

    show(records, documents);
    const after = await stored.count(eventIds);
    console.log(
      `   ${after} documents for these ${eventIds.length} event ids, ${before} of them from an earlier run; ` +
        `${await stored.total()} in the collection.`,
    );
    await showPlaces(config);
  } finally {
    await stored.close();
  }
}

function gather(config: DemoConfig): PhotoRecord[] {
  console.log('1. Real photographs, embedded with ResNet50');
  const records = gatherPhotoRecords(config);
  const weights = [...new Set(records.map(({ attributes }) => String(attributes.weights)))].join(', ');
  const devices = [...new Set(records.map(({ gpu }) => gpu.deviceName))].join(', ');
  console.log(`   ${records.length} records, device ${devices}, weights ${weights}.`);
  return records;
}

/** Posts the records one by one; the last goes as plain JSON numbers, so that both forms are shown. */
async function send(config: DemoConfig, records: readonly PhotoRecord[]): Promise<Accepted[]> {
  console.log(`\n2. POST ${config.apiUrl}/v1/metadata`);
  const client = new MetadataClient(config.apiUrl, await demoApiKey(config));
  const accepted: Accepted[] = [];
  for (const [index, record] of records.entries()) {
    const isPlain = index === records.length - 1;
    const body = isPlain ? plainBody(record) : packedBody(record);
    const form = isPlain ? 'JSON numbers' : 'packed f32le-base64';
    console.log(
      `   ${record.source.name}: ${record.embedding.dimension} values as ${form}, ${Buffer.byteLength(body)} bytes`,
    );
    const answer = await client.post(body);
    console.log(`     202 ${answer.eventId} → ${answer.topic}[${answer.partition}] offset ${answer.offset}`);
    accepted.push(answer);
  }
  return accepted;
}

/** Prints the documents and how their vectors compare; throws a DemoError when one differs. */
function show(records: readonly PhotoRecord[], documents: readonly StoredDocument[]): void {
  console.log('\n4. What is stored');
  const forms = new Set<string>();
  const differences: string[] = [];
  const rows = documents.map((document, index) => {
    const record = records[index]!;
    const vector = storedVector(document);
    forms.add(vector.form);
    const found = difference(unpack(record.embedding), vector.values);
    if (found !== undefined) differences.push(`  ${document._id}  ${found}`);
    return [
      record.source.name,
      document._id,
      document.model,
      String(document.embeddingDimension),
      document.embeddingNorm.toFixed(3),
      document.gpu.deviceName,
      String(document.pipeline.ingestLatencyMs ?? '-'),
      found === undefined ? 'identical' : 'DIFFERS',
    ];
  });
  const header = ['photo', '_id', 'model', 'dimension', 'norm', 'device', 'latency ms', 'vector'];
  for (const line of table(header, rows)) console.log(`   ${line}`);
  if (differences.length > 0) {
    throw new DemoError(`Stored vectors differ from what was sent:\n${differences.join('\n')}`);
  }
  console.log(`   Every vector is bit for bit what was sent (stored as ${[...forms].join(' and ')}).`);
}

function storedVector(document: StoredDocument): StoredVector {
  try {
    return decodeStored(document.embedding);
  } catch (error) {
    throw new DemoError(`${document._id} holds no readable embedding: ${String(error)}`, { cause: error });
  }
}

async function showPlaces(config: DemoConfig): Promise<void> {
  const places = [
    ['console', `${config.apiUrl}/console`],
    ['API documentation', `${config.apiUrl}/docs`],
    ['OpenAPI', `${config.apiUrl}/openapi.json`],
    ['API health', `${config.apiUrl}/health`],
    ['API metrics', `${config.apiUrl}/metrics`],
    ['worker health', `${config.workerUrl}/health`],
    ['worker metrics', `${config.workerUrl}/metrics`],
  ] as const;
  const rows = await Promise.all(places.map(async ([name, url]) => [name, url, await probe(url)]));
  rows.push(['database', maskCredentials(config.mongodbUri), `${config.database}.${COLLECTION}`]);
  console.log('\n5. Look around (the system keeps running)');
  for (const line of table(['what', 'where', 'answers'], rows)) console.log(`   ${line}`);
  console.log('\n   Stop it, keeping the data: make stop. Follow its logs: make logs.');
}

main().catch((error: unknown) => {
  console.error(
    error instanceof DemoError || error instanceof ApiKeyFault
      ? `\nThe demo failed. ${error.message}`
      : error,
  );
  process.exitCode = 1;
});
