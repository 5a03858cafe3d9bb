import { packedJson } from '@libs/contracts';
import { submissionBody } from '@libs/contracts/testing';

/** How a body is sent: one record with numbers, one that is packed, or packed records as NDJSON. */
export type Form = 'json' | 'packed' | 'batch';

/** What one connection sends: its bodies come around again, each record under an id of its own. */
export interface LoadShape {
  readonly form: Form;
  readonly dimension: number;
  readonly connections: number;
  /** Records of a body of the form `batch`: a multiple of `vectorsPerConnection`. */
  readonly batchSize: number;
}

/** Vectors of a connection. */
export const vectorsPerConnection = 4;
const significantDigits = 8;
const idDigits = 12;
const noId = '00000000-0000-7000-8000-000000000000';

/** The vector of a connection's record: values as a network gives them, in the digits that are sent. */
export function vectorOf(dimension: number, connection: number, sequence: number): Float32Array {
  let state = connection * vectorsPerConnection + (sequence % vectorsPerConnection) + 1;
  return Float32Array.from({ length: dimension }, () => {
    // Source: Numerical Recipes' linear congruential generator.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Number(((state / 2 ** 32) * 3).toPrecision(significantDigits));
  });
}

/** The id of the record that a connection sends as its `sequence`th in a round. */
export function eventIdOf(
  round: number,
  { connections }: LoadShape,
  connection: number,
  sequence: number,
): string {
  const number = sequence * connections + connection;
  return `${round.toString(16).padStart(8, '0')}${noId.slice(8, -idDigits)}${number.toString(16).padStart(idDigits, '0')}`;
}

/** Which record of a round an id names. */
export function recordOf(
  eventId: string,
  { connections }: LoadShape,
): { connection: number; sequence: number } {
  const number = Number.parseInt(eventId.slice(-idDigits), 16);
  return { connection: number % connections, sequence: Math.floor(number / connections) };
}

/** A record as text, with an id that is to be replaced. */
export function recordText({ form, dimension }: LoadShape, connection: number, sequence: number): string {
  const vector = vectorOf(dimension, connection, sequence);
  const embedding =
    form === 'json'
      ? [...vector].map((value) => Number(value.toPrecision(significantDigits)))
      : packedJson(vector);
  return JSON.stringify(submissionBody({ eventId: noId, embedding }));
}

/** Where the id stands in a record's text. */
export const idAt = '{"eventId":"'.length;
export const idLength = noId.length;
