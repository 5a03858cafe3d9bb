export * from './encoded-record';
export * from './later-versions';
export * from './msgpack';
export * from './raw-record';
export * from './refused-lineage';
export * from './refused-submissions';
export * from './spelled-numbers';
export * from './submissions';
