export * from './gpu-metadata/decode-record';
export * from './gpu-metadata/embedding';
export * from './gpu-metadata/encode-record';
export * from './gpu-metadata/json-schema';
export * from './gpu-metadata/limits';
export * from './gpu-metadata/parse-submission';
export * from './gpu-metadata/record-headers';
export * from './gpu-metadata/topic';
