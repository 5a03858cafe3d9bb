export * from './later-versions';
export * from './raw-record';
export * from './refused-lineage';
export * from './refused-submissions';
export * from './submissions';
