import { appendFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { mongo } from 'mongoose';
import { featuresOf } from './documentdb-features';

type Document = mongo.BSON.Document;

const OP_MSG = 2013;
const OP_QUERY = 2004;
const HEADER_BYTES = 16;
const FLAGS_BYTES = 4;
const LENGTH_BYTES = 4;
/** Of a section of OP_MSG: one document, or a list of them with its name. */
const DOCUMENT = 0;

/**
 * Opens a port in front of a database that notes what is asked of it into `file`, each feature once: at the end of a
 * run they are held against what Amazon DocumentDB has. Answers the port.
 */
export async function openDocumentDbGuard(
  target: { readonly host: string; readonly port: number },
  file: string,
): Promise<number> {
  const noted = new Set<string>();
  const server = createServer((near) => {
    const far = connect(target);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.setNoDelay(true).pipe(far.setNoDelay(true)).pipe(near);
    const messages = new MessageReader();
    near.on('data', (bytes: Buffer) => {
      for (const message of messages.read(bytes)) {
        for (const feature of featuresOf(commandIn(message))) {
          if (noted.has(feature)) continue;
          noted.add(feature);
          appendFileSync(file, `${feature}\n`);
        }
      }
    });
  });
  // It ends with its process.
  server.unref();
  await new Promise<void>((opened) => server.listen(0, '127.0.0.1', opened));
  return (server.address() as AddressInfo).port;
}

/** Puts the messages of a connection together: each begins with its length. */
class MessageReader {
  private pieces: Buffer[] = [];
  private heldBytes = 0;

  *read(bytes: Buffer): Generator<Buffer> {
    this.pieces.push(bytes);
    this.heldBytes += bytes.length;
    while (this.heldBytes >= HEADER_BYTES) {
      const length = this.first(HEADER_BYTES).readInt32LE(0);
      if (this.heldBytes < length) return;
      const held = this.first(length);
      yield held.subarray(0, length);
      this.pieces = [held.subarray(length)];
      this.heldBytes -= length;
    }
  }

  /** A piece that has at least so many bytes. */
  private first(minBytes: number): Buffer {
    if (this.pieces[0]!.length < minBytes) this.pieces = [Buffer.concat(this.pieces)];
    return this.pieces[0]!;
  }
}

/** https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
function commandIn(message: Buffer): Document {
  const operation = message.readInt32LE(12);
  const body = message.subarray(HEADER_BYTES + FLAGS_BYTES);
  if (operation === OP_MSG) return Object.assign({}, ...sectionsOf(body)) as Document;
  // Of these only the first of a connection, a hello: flags, the collection's name, two numbers, the document.
  if (operation === OP_QUERY) return mongo.BSON.deserialize(body.subarray(body.indexOf(0) + 1 + 8));
  return { [`message of type ${operation}`]: 1 };
}

function* sectionsOf(body: Buffer): Generator<Document> {
  for (let at = 0; at + 1 + LENGTH_BYTES < body.length;) {
    const kind = body[at];
    const length = body.readInt32LE(at + 1);
    const section = body.subarray(at + 1, at + 1 + length);
    at += 1 + length;
    if (kind === DOCUMENT) {
      yield mongo.BSON.deserialize(section);
      continue;
    }
    const nameEnd = section.indexOf(0, LENGTH_BYTES);
    yield { [section.toString('latin1', LENGTH_BYTES, nameEnd)]: documentsIn(section.subarray(nameEnd + 1)) };
  }
}

function documentsIn(bytes: Buffer): Document[] {
  const documents: Document[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at)) {
    documents.push(mongo.BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at))));
  }
  return documents;
}
