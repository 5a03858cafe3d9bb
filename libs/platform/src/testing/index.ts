export * from './raw-batch';
export * from './raw-produce';
