export * from './raw-record';
export * from './refused-submissions';
export * from './submissions';
