export * from './random-vectors';
