import { appVariables, differingVariables, settingsFingerprint } from './settings-fingerprint';

describe(differingVariables.name, () => {
  const taken = settingsFingerprint({ LOG_LEVEL: 'info', AUTH_MODE: 'off' });

  it('finds nothing when all is as it was', () => {
    expect(differingVariables(taken, { AUTH_MODE: 'off', LOG_LEVEL: 'info' })).toEqual([]);
  });

  it('names what was added, removed and changed', () => {
    expect(differingVariables(taken, { LOG_LEVEL: 'debug', HOST: '::' })).toEqual([
      'AUTH_MODE',
      'HOST',
      'LOG_LEVEL',
    ]);
  });

  it('keeps no value, and no hash that a second start would repeat', () => {
    expect(JSON.stringify(taken)).not.toContain('info');
    expect(settingsFingerprint({ LOG_LEVEL: 'info' }).hashes).not.toEqual(
      settingsFingerprint({ LOG_LEVEL: 'info' }).hashes,
    );
  });
});

describe(appVariables.name, () => {
  const env = {
    KAFKA_BROKERS: 'b',
    KAFKA_PORT: '1',
    MONGODB_PORT: '2',
    BATCH_MAX_RECORDS: '3',
    AUTH_MODE: 'off',
    HOME: '/',
  };

  it("takes each app's own settings, not the stack's ports nor the rest of the environment", () => {
    expect(Object.keys(appVariables('processor-api', env))).toEqual(['KAFKA_BROKERS', 'AUTH_MODE']);
    expect(Object.keys(appVariables('metadata-worker', env))).toEqual(['KAFKA_BROKERS', 'BATCH_MAX_RECORDS']);
  });
});
