export * from './refused-submissions';
export * from './submissions';
