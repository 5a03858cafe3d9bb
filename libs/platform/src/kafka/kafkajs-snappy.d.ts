declare module 'kafkajs-snappy' {
  const SnappyCodec: () => object;
  export default SnappyCodec;
}
