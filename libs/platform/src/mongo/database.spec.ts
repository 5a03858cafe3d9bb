import { mongo } from 'mongoose';
import { isDatabaseFault } from './database';

const coded = (code: string): Error => Object.assign(new Error('why'), { code });

describe(isDatabaseFault.name, () => {
  it.each([
    ['of the driver', new mongo.MongoNetworkError('connection closed')],
    ['of the server', new mongo.MongoServerError({ message: 'no', code: 13 })],
    ['of a socket that the other side has ended', coded('EPIPE')],
    ['of a socket that was reset', coded('ECONNRESET')],
    ['of a TLS connection', coded('ERR_SSL_WRONG_VERSION_NUMBER')],
  ])('is true for an error %s', (_, error) => {
    expect(isDatabaseFault(error)).toBe(true);
  });

  it.each([
    ['a slip in the code', new TypeError('x is not a function')],
    ['a wrong argument', coded('ERR_INVALID_ARG_TYPE')],
    ['what is no error', 'ECONNRESET'],
  ])('is false for %s', (_, error) => {
    expect(isDatabaseFault(error)).toBe(false);
  });
});
