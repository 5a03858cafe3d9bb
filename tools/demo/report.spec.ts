import { maskCredentials } from './report';

describe(maskCredentials.name, () => {
  it.each([
    ['mongodb://user:p%40ss@db:27017/ca4?tls=true', 'mongodb://***@db:27017/ca4?tls=true'],
    ['mongodb+srv://user:p@ss@cluster/ca4', 'mongodb+srv://***@cluster/ca4'],
    [
      'mongodb://db/?authMechanismProperties=AWS_SESSION_TOKEN:abc&tls=true',
      'mongodb://db/?authMechanismProperties=***&tls=true',
    ],
    ['mongodb://127.0.0.1:27017/?directConnection=true', 'mongodb://127.0.0.1:27017/?directConnection=true'],
  ])('shows %s as %s', (uri, shown) => {
    expect(maskCredentials(uri)).toBe(shown);
  });
});
