import { readFileSync } from 'node:fs';
import type { mongo } from 'mongoose';

type Document = mongo.BSON.Document;

/**
 * What Amazon DocumentDB 5.0 has, as far as the product and its tests use it; what is not here fails the run. Before a
 * name is added, look it up: https://docs.aws.amazon.com/documentdb/latest/developerguide/mongo-apis.html
 */
const KNOWN: ReadonlySet<string> = new Set([
  ...named('command', 'hello ismaster ping saslStart saslContinue endSessions'),
  ...named('command', 'find getMore killCursors aggregate count distinct explain'),
  ...named('command', 'insert update delete findAndModify'),
  ...named('command', 'create drop collMod listCollections dropDatabase'),
  ...named('command', 'createIndexes listIndexes dropIndexes'),
  // What drivers say of themselves and of the connection.
  ...named('field', '$db $readPreference lsid client compression helloOk topologyVersion maxAwaitTimeMS'),
  ...named('field', 'saslSupportedMechs speculativeAuthenticate conversationId payload'),
  ...named('field', 'filter query projection sort hint limit skip batchSize singleBatch maxTimeMS'),
  ...named('field', 'pipeline cursor cursors collection readConcern writeConcern'),
  ...named('field', 'documents updates deletes ordered update upsert new indexes index validator'),
  ...named('field', 'nameOnly authorizedCollections'),
  ...named('stage', '$match $group'),
  ...named('operator', '$eq $ne $gt $gte $lt $lte $in $or $natural'),
  ...named('operator', '$set $unset $setOnInsert $addToSet'),
  ...named('operator', '$min $max $avg $sum $first'),
  ...named('index option', 'name unique expireAfterSeconds'),
  ...named('index of type', '1 -1'),
]);

function named(kind: string, names: string): string[] {
  return names.split(' ').map((name) => `${kind} ${name}`);
}

/** What a command asks of the database, each as `kind name`. */
export function* featuresOf(command: Document): Generator<string> {
  const [name = '', ...fields] = Object.keys(command);
  yield `command ${name}`;
  for (const field of fields) yield `field ${field}`;
  const { filter, query, projection, sort, hint, validator } = command;
  yield* operatorsIn([filter, query, projection, sort, hint, validator]);
  for (const stage of asList(command.pipeline)) {
    for (const [key, content] of Object.entries(stage)) {
      yield `stage ${key}`;
      yield* operatorsIn(content);
    }
  }
  for (const update of [...asList(command.updates), { u: command.update }]) {
    yield* operatorsIn(update.q);
    yield* updateOperators(update.u);
  }
  for (const { q } of asList(command.deletes)) yield* operatorsIn(q);
  for (const { key, ...options } of asList(command.indexes)) {
    for (const option of Object.keys(options)) yield `index option ${option}`;
    for (const direction of Object.values(key as Document)) yield `index of type ${String(direction)}`;
  }
}

function asList(value: unknown): readonly Document[] {
  return Array.isArray(value) ? (value as Document[]) : [];
}

/** A pipeline computes throughout; what stands below the operators of a document is data. */
function* updateOperators(update: unknown): Generator<string> {
  if (Array.isArray(update)) yield* operatorsIn(update);
  else yield* operatorsIn(Object.keys(update ?? {}).map((key) => ({ [key]: null })));
}

function* operatorsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null || '_bsontype' in value) return;
  for (const [name, content] of Object.entries(value)) {
    if (name.startsWith('$')) yield `operator ${name}`;
    if (name !== '$literal') yield* operatorsIn(content);
  }
}

/** Those that Amazon DocumentDB 5.0 lacks, of features that guards noted into `file`, one a line. */
export function lackingFeatures(file: string): string[] {
  const noted = readFileSync(file, 'utf8').trimEnd().split('\n');
  return [...new Set(noted)].filter((feature) => !KNOWN.has(feature)).sort();
}
